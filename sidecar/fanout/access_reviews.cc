// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/access_reviews.h"

#include <utility>

#include "core/crypto/sha256.h"
#include "core/json/json.h"
#include "discovery/kubernetes/api.h"

namespace herald::fanout {
namespace {

constexpr char kPath[] =
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

std::string KeyOf(const AccessQuestion& question) {
  return crypto::ToHex(crypto::Sha256(question.token)) + " " + question.verb +
         " " + question.resource + " " + question.space;
}

http::WebRequest RequestFor(const AccessQuestion& question) {
  http::WebRequest out;
  out.head.method = "POST";
  out.head.path = kPath;
  out.head.headers.Add("authorization", "Bearer " + question.token);
  out.head.headers.Add("content-type", "application/json");
  out.head.headers.Add("accept", "application/json");
  const json::Object attributes = {{"group", "herald.dev"},
                                   {"verb", question.verb},
                                   {"resource", question.resource},
                                   {"namespace", question.space}};
  out.body = json::Serialize(
      json::Object{{"apiVersion", "authorization.k8s.io/v1"},
                   {"kind", "SelfSubjectAccessReview"},
                   {"spec", {{"resourceAttributes", attributes}}}});
  return out;
}

// What the API server's answer comes to.
AccessAnswer Judge(const http::WebAnswer& answer) {
  if (answer.status == 401) {
    return {401, "the API server does not know that token"};
  }
  if (!answer.ok()) {
    return {503, kubernetes::ReasonOf(answer.status, answer.body)};
  }
  const auto value = json::Parse(answer.body);
  if (!value || !value->is_object()) {
    return {503, "the API server's review is no JSON object"};
  }
  const json::Object* status =
      kubernetes::MapAt(value->get_object(), {"status"});
  const json::Value* allowed =
      status == nullptr ? nullptr : status->if_contains("allowed");
  if (allowed != nullptr && allowed->is_bool() && allowed->get_bool()) {
    return {200, ""};
  }
  return {403, "the API server's rules do not allow it"};
}

}  // namespace

void AccessReviews::Ask(const AccessQuestion& question, Done done) {
  const std::string key = KeyOf(question);
  Known& known = Find(key);
  const Time now = loop_.Now();
  const Duration lasts = known.answer.status == 200 ? kYes : kNo;
  if (known.any && now - known.at < lasts) return done(known.answer);
  known.waiting.push_back(std::move(done));
  if (known.ask == nullptr) Send(key, question);
}

AccessReviews::Known& AccessReviews::Find(const std::string& key) {
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  Forget();
  Known& known = known_[key];
  known.order = order_.insert(order_.end(), key);
  return known;
}

void AccessReviews::Send(const std::string& key,
                         const AccessQuestion& question) {
  known_[key].ask = std::make_unique<http::Ask>(
      api_, loop_, RequestFor(question),
      http::AskLimits{.patience = kPatience, .body_max = 64 << 10},
      [this, key](StatusOr<http::WebAnswer> answer) {
        OnAnswer(key, std::move(answer));
      });
}

void AccessReviews::OnAnswer(const std::string& key,
                             StatusOr<http::WebAnswer> answer) {
  Known& known = known_[key];
  // It is done, and must not be destroyed before this returns to it.
  const std::unique_ptr<http::Ask> done = std::move(known.ask);
  const Time now = loop_.Now();
  const AccessAnswer fresh = answer.ok()
                                 ? Judge(*answer)
                                 : AccessAnswer{503, Message(answer.status())};
  const bool stands =
      known.any && known.answer.status == 200 && now - known.at < kYesAlone;
  AccessAnswer told = fresh;
  if (fresh.status != 503) {
    known.answer = fresh;
    known.at = now;
    known.any = true;
  } else if (stands) {
    told = known.answer;
  }
  // Whoever hears may ask again, and so move what is known.
  const std::vector<Done> waiting = std::exchange(known.waiting, {});
  for (const Done& one : waiting) one(told);
}

// The oldest that nobody waits for.
void AccessReviews::Forget() {
  if (known_.size() < kKept) return;
  for (auto it = order_.begin(); it != order_.end(); ++it) {
    const auto found = known_.find(*it);
    if (found->second.ask != nullptr) continue;
    known_.erase(found);
    order_.erase(it);
    return;
  }
}

}  // namespace herald::fanout
