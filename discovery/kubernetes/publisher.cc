// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/publisher.h"

#include <utility>

namespace herald::kubernetes {
namespace {

// The owners of fields, as the server keeps them. Spec and status are two: what
// one of them applies is all that it says.
constexpr char kSpecManager[] = "herald";
constexpr char kStatusManager[] = "herald-status";

}  // namespace

Publisher::Publisher(const Api& api, Log& log, Metrics& metrics)
    : api_(api),
      log_(log),
      failures_(metrics.counter(
          "herald_kubernetes_publish_failures_total",
          "Attempts to write our own Agent that the API server did not take.")),
      published_(
          metrics.gauge("herald_kubernetes_published",
                        "1 while our Agent in the API server is as we are.")) {}

Publisher::~Publisher() {
  api_.loop.Cancel(pause_);
  api_.loop.Cancel(spread_);
}

void Publisher::Publish(OwnAgent own) {
  const bool first = !own_;
  if (own_ && own_->endpoint == own.endpoint) return;
  own_ = std::move(own);
  spec_due_ = true;
  status_due_ = status_due_ || first;
  Step();
}

void Publisher::SetReady(bool ready) {
  if (ready_ == ready) return;
  ready_ = ready;
  status_due_ = true;
  // Not after a pause that a failure of other things made.
  api_.loop.Cancel(std::exchange(pause_, 0));
  Step();
}

void Publisher::SetPolicyHash(const std::string& hash) {
  if (hash_ == hash) return;
  const bool first = hash_.empty();
  hash_ = hash;
  if (first) {
    status_due_ = true;
    return Step();
  }
  if (spread_ != 0) return;
  const Duration wait = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(kHashSpread) * api_.random.Unit());
  spread_ = api_.loop.RunAt(api_.loop.Now() + wait, [this] {
    spread_ = 0;
    status_due_ = true;
    Step();
  });
}

void Publisher::PublishAgain() {
  // Who leaves is not put back: it may be that its Pod was deleted.
  if (!own_ || !ready_) return;
  spec_due_ = status_due_ = true;
  Step();
}

void Publisher::Step() {
  if (!own_ || ask_ || pause_ != 0) return;
  if (status_due_ && !ready_ && !spec_due_) return Apply(true);
  if (spec_due_) return Apply(false);
  if (status_due_) return Apply(true);
}

void Publisher::Apply(bool status) {
  // What changes while this is under way is due again.
  (status ? status_due_ : spec_due_) = false;
  published_.Set(0);
  const std::string path =
      std::string(kGroupPath) + "/namespaces/" + Escape(own_->space) +
      "/agents/" + Escape(own_->name) + (status ? "/status" : "") +
      "?force=true&fieldManager=" + (status ? kStatusManager : kSpecManager);
  auto request = MakeRequest(api_, "PATCH", path);
  if (!request.ok()) {
    (status ? status_due_ : spec_due_) = true;
    return Fail(Message(request.status()));
  }
  // JSON is YAML too; a server-side apply is asked for by this type.
  request->head.headers.Add("content-type", "application/apply-patch+yaml");
  request->body =
      json::Serialize(status ? RenderAgentStatus(*own_, ready_, hash_)
                             : RenderAgentObject(*own_));
  ask_ = std::make_unique<http::Ask>(
      api_.web, api_.loop, *std::move(request), http::AskLimits{},
      [this, status](StatusOr<http::WebAnswer> answer) {
        OnAnswer(status, std::move(answer));
      });
}

void Publisher::OnAnswer(bool status, StatusOr<http::WebAnswer> answer) {
  const std::unique_ptr<http::Ask> done = std::move(ask_);
  const bool gone = answer.ok() && answer->status == 404 && status;
  if ((answer.ok() && answer->ok()) || (gone && !ready_)) {
    spec_due_ || status_due_ ? Step() : Settle();
    return;
  }
  (status ? status_due_ : spec_due_) = true;
  // Its status has nowhere to be.
  if (gone) spec_due_ = true;
  Fail(answer.ok() ? ReasonOf(answer->status, answer->body)
                   : Message(answer.status()));
}

void Publisher::Fail(const std::string& why) {
  failures_.Add();
  if (failure_ != why) {
    failure_ = why;
    log_.Warning("publish_failed",
                 {{"agent", own_->space + "/" + own_->name},
                  {"why", why},
                  {"effect", "others do not find us in the cluster's API"}});
  }
  pause_ = api_.loop.RunAt(
      api_.loop.Now() + backoff_.Next(api_.loop.Now(), api_.random), [this] {
        pause_ = 0;
        Step();
      });
}

void Publisher::Settle() {
  failure_.clear();
  published_.Set(1);
  log_.Info("published", {{"agent", own_->space + "/" + own_->name},
                          {"ready", ready_ ? "true" : "false"}});
}

}  // namespace herald::kubernetes
