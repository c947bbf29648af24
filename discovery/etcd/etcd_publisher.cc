// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/etcd_publisher.h"

#include <algorithm>
#include <utility>

#include "core/base/base64.h"
#include "discovery/etcd/encoding.h"

namespace herald::etcd {
namespace {

// As etcd's own clients do: two renewals may fail.
constexpr int kRenewals = 3;  // in a lease's life

std::string Seconds(Duration time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}  // namespace

EtcdPublisher::EtcdPublisher(Api& api, Random& random, Log& log,
                             Metrics& metrics, PublisherOptions options)
    : api_(api),
      random_(random),
      log_(log),
      failures_(metrics.counter(
          "herald_etcd_publish_failures_total",
          "Attempts to register ourselves in etcd that failed.")),
      published_(metrics.gauge("herald_etcd_published",
                               "1 while our key in etcd is as we are.")),
      options_(std::move(options)) {}

EtcdPublisher::~EtcdPublisher() { api_.loop().Cancel(timer_); }

void EtcdPublisher::Publish(std::string value) {
  if (leaving_ || value == value_) return;
  value_ = std::move(value);
  due_ = true;
  if (state_ == State::kIdle) return Grant();
  if (state_ == State::kKept) Put();
}

void EtcdPublisher::PublishAgain() {
  if (leaving_ || value_.empty()) return;
  due_ = true;
  if (state_ == State::kKept) Put();
}

// What is under way is not waited for: a put that comes after the lease's end
// is refused.
void EtcdPublisher::Withdraw() {
  if (std::exchange(leaving_, true)) return;
  api_.loop().Cancel(std::exchange(timer_, 0));
  published_.Set(0);
  if (lease_ == 0) {
    question_.reset();
    state_ = State::kWithdrawn;
    return;
  }
  Revoke();
}

void EtcdPublisher::Grant() {
  lease_ = 0;
  due_ = true;
  Ask("/v3/lease/grant", {{"TTL", Seconds(options_.ttl)}},
      &EtcdPublisher::OnGranted);
}

void EtcdPublisher::OnGranted(const StatusOr<json::Object>& answer) {
  if (!answer.ok()) {
    return Fail(Message(answer.status()), &EtcdPublisher::Grant);
  }
  lease_ = NumberAt(*answer, "ID");
  if (lease_ == 0) {
    return Fail("etcd granted a lease without an id", &EtcdPublisher::Grant);
  }
  renewed_ = api_.loop().Now();
  Put();
}

void EtcdPublisher::Put() {
  due_ = false;  // what changes while this is under way is due again
  published_.Set(0);
  api_.loop().Cancel(std::exchange(timer_, 0));
  Ask("/v3/kv/put",
      {{"key", Base64Encode(options_.key)},
       {"value", Base64Encode(value_)},
       {"lease", std::to_string(lease_)}},
      &EtcdPublisher::OnPut);
}

void EtcdPublisher::OnPut(const StatusOr<json::Object>& answer) {
  if (answer.ok()) {
    log_.Info("published", {{"key", options_.key}});
    return Keep();
  }
  due_ = true;
  // "requested lease not found": it ran out while we were away.
  const bool over = answer.status().code() == StatusCode::kNotFound;
  Fail(Message(answer.status()),
       over ? &EtcdPublisher::Grant : &EtcdPublisher::Put);
}

void EtcdPublisher::Keep() {
  failure_.clear();
  state_ = State::kKept;
  if (due_) return Put();
  published_.Set(1);
  After(options_.ttl / kRenewals, &EtcdPublisher::Renew);
}

void EtcdPublisher::Renew() {
  Ask("/v3/lease/keepalive", {{"ID", std::to_string(lease_)}},
      &EtcdPublisher::OnRenewed);
}

void EtcdPublisher::OnRenewed(const StatusOr<json::Object>& answer) {
  const Time now = api_.loop().Now();
  if (!answer.ok()) {
    // For longer than the lease could live: there is no use in asking for it.
    const bool over = now - renewed_ > options_.ttl;
    return Fail(Message(answer.status()),
                over ? &EtcdPublisher::Grant : &EtcdPublisher::Renew);
  }
  const json::Object* result = ObjectAt(*answer, "result");
  if (result == nullptr || NumberAt(*result, "TTL") <= 0) {
    log_.Warning("lease_lost", {{"key", options_.key},
                                {"effect", "registered anew with another"}});
    return Grant();
  }
  renewed_ = now;
  Keep();
}

void EtcdPublisher::Revoke() {
  Ask("/v3/lease/revoke", {{"ID", std::to_string(lease_)}}, nullptr);
}

void EtcdPublisher::Ask(
    std::string path, json::Object body,
    void (EtcdPublisher::*then)(const StatusOr<json::Object>&)) {
  state_ = State::kBusy;
  question_ = api_.Ask(std::move(path), std::move(body),
                       [this, then](const StatusOr<json::Object>& answer) {
                         const auto over = std::move(question_);
                         if (then == nullptr) {
                           state_ = State::kWithdrawn;
                         } else {
                           (this->*then)(answer);
                         }
                       });
}

void EtcdPublisher::Fail(const std::string& why,
                         void (EtcdPublisher::*again)()) {
  failures_.Add();
  state_ = State::kPaused;
  if (failure_ != why) {
    failure_ = why;
    log_.Warning("publish_failed",
                 {{"key", options_.key},
                  {"why", why},
                  {"effect", "others may not find us in etcd"}});
  }
  // A lease that lives is not to run out over a pause.
  const Duration most = again == &EtcdPublisher::Renew
                            ? options_.ttl / (2 * kRenewals)
                            : discovery::Backoff::kMost;
  const Duration wait = backoff_.Next(api_.loop().Now(), random_);
  After(std::min(wait, most), again);
}

void EtcdPublisher::After(Duration wait, void (EtcdPublisher::*then)()) {
  api_.loop().Cancel(timer_);
  timer_ = api_.loop().RunAt(api_.loop().Now() + wait, [this, then] {
    timer_ = 0;
    (this->*then)();
  });
}

}  // namespace herald::etcd
