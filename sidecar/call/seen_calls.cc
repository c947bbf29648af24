// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/seen_calls.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::call {
namespace {

constexpr std::string_view kKeyHeader = "idempotency-key";
constexpr size_t kMaxKey = 256;

size_t BytesOf(const KeptAnswer& answer) {
  size_t bytes = answer.body.size() + answer.head.headers.CountedBytes();
  return answer.trailers ? bytes + answer.trailers->CountedBytes() : bytes;
}

}  // namespace

std::optional<std::string> IdempotencyKeyOf(const http::RequestHead& head) {
  if (head.method != "POST" && head.method != "PATCH") return std::nullopt;
  auto key = head.headers.Get(kKeyHeader);
  if (!key) return std::nullopt;
  return std::string(*key);
}

std::string IdempotencyKeyError(const http::RequestHead& head) {
  auto key = IdempotencyKeyOf(head);
  if (!key) return "";
  if (head.headers.Count(kKeyHeader) > 1) {
    return "idempotency-key is given more than once";
  }
  if (key->empty() || key->size() > kMaxKey) {
    return "idempotency-key has " + std::to_string(key->size()) +
           " characters; use 1 to " + std::to_string(kMaxKey) +
           ", the same for each repetition and new for each new call";
  }
  return "";
}

void SeenCall::TellWaiters() {
  for (SeenCallWaiter* waiter : waiters) waiter->OnSeenCall();
}

SeenCallPtr SeenCalls::Find(const SeenKey& key, Time now) {
  Expire(now);
  auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : *found->second;
}

SeenCallPtr SeenCalls::Begin(SeenKey key, uint64_t what, Time now) {
  Expire(now);
  while (order_.size() >= options_.keys) Drop(order_.begin());
  auto call = std::make_shared<SeenCall>();
  call->key = std::move(key);
  call->what = what;
  call->begun = now;
  order_.push_back(call);
  bool fresh = by_key_.emplace(call->key, std::prev(order_.end())).second;
  HERALD_CHECK(fresh, "a call that is remembered does not begin again");
  return call;
}

void SeenCalls::Answered(SeenCall& call, KeptAnswer answer) {
  call.state = SeenCall::State::kAnswered;
  call.answer = std::move(answer);
  if (call.remembered) {
    bytes_ += BytesOf(call.answer);
    answers_.push_back(*by_key_.find(call.key)->second);
  }
  while (bytes_ > options_.bytes) {
    SeenCallPtr oldest = std::move(answers_.front());
    answers_.pop_front();
    if (!oldest->remembered) continue;
    DropAnswer(*oldest);
    oldest->state = SeenCall::State::kNotKept;
  }
  call.TellWaiters();
}

void SeenCalls::End(SeenCall& call, SeenCall::State state) {
  call.state = state;
  call.TellWaiters();
}

void SeenCalls::Forget(SeenCall& call) {
  if (!call.remembered) return;
  Order::iterator entry = by_key_.find(call.key)->second;
  SeenCallPtr keep = *entry;  // `call` lives until we return
  const Time since = since_;
  Drop(entry);
  since_ = since;  // nothing of it needs to be remembered
}

Duration SeenCalls::Remembers(Time now) const {
  return std::min(options_.kept, now - since_);
}

void SeenCalls::Expire(Time now) {
  while (!order_.empty() && now - order_.front()->begun >= options_.kept) {
    Drop(order_.begin());
  }
  while (!answers_.empty() && !answers_.front()->remembered) {
    answers_.pop_front();
  }
}

// Whoever waits for it goes on waiting; those that come later find nothing.
void SeenCalls::Drop(Order::iterator entry) {
  SeenCall& call = **entry;
  since_ = std::max(since_, call.begun);
  call.remembered = false;
  if (call.state == SeenCall::State::kAnswered) bytes_ -= BytesOf(call.answer);
  by_key_.erase(call.key);
  order_.erase(entry);
}

void SeenCalls::DropAnswer(SeenCall& call) {
  bytes_ -= BytesOf(call.answer);
  call.answer = {};
}

}  // namespace herald::call
