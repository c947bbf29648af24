// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/keyed_replay.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::call {

KeyedReplay::KeyedReplay(Parts parts, bool end)
    : parts_(std::move(parts)), whole_(end) {
  parts_.call->waiters.push_back(this);
  Wake();
}

KeyedReplay::~KeyedReplay() {
  auto& waiters = parts_.call->waiters;
  waiters.erase(std::find(waiters.begin(), waiters.end(), this));
}

void KeyedReplay::SendResponse(const http::ResponseHead&, bool) {
  HERALD_CHECK(false, "a client end sends no responses");
}

void KeyedReplay::SendData(std::string_view data, bool end) {
  body_.Add(data);
  taken_ += data.size();
  whole_ = end;
  Wake();
}

void KeyedReplay::SendTrailers(const http::Headers&) {
  whole_ = true;
  Wake();
}

void KeyedReplay::Cancel(http::Reset) { over_ = true; }

void KeyedReplay::Wake() {
  if (std::exchange(woken_, true)) return;
  parts_.loop.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Look();
  });
}

bool KeyedReplay::IsAnother() const {
  const SeenCall& first = *parts_.call;
  return first.what != parts_.what ||
         (whole_ && first.body && *first.body != body_.value());
}

void KeyedReplay::Look() {
  woken_ = false;
  if (over_) return;
  std::weak_ptr<bool> alive = alive_;
  if (taken_ > 0) parts_.events->OnSent(std::exchange(taken_, 0));
  if (alive.expired() || over_) return;
  if (IsAnother()) {
    over_ = true;
    return parts_.refused(KeyedCalls::Refusal::kOtherRequest);
  }
  if (!whole_ || parts_.call->state == SeenCall::State::kRunning) return;
  over_ = true;
  Answer();
}

// Each event may be the end of us.
void KeyedReplay::Answer() {
  using State = SeenCall::State;
  const SeenCallPtr first = parts_.call;
  http::StreamEvents& events = *parts_.events;
  if (first->state == State::kNotKept) {
    return parts_.refused(KeyedCalls::Refusal::kAlreadyDone);
  }
  if (first->state != State::kAnswered) {
    bool untouched = first->state == State::kUntouched;
    return events.OnReset(untouched ? http::Reset::kNotSent
                                    : http::Reset::kLost);
  }
  // A copy: what is kept may be dropped while it is told.
  const KeptAnswer answer = first->answer;
  std::weak_ptr<bool> alive = alive_;
  const bool ends = answer.body.empty() && !answer.trailers;
  events.OnResponse(answer.head, ends);
  if (ends || alive.expired()) return;
  if (!answer.body.empty()) events.OnData(answer.body, !answer.trailers);
  if (alive.expired() || !answer.trailers) return;
  events.OnTrailers(*answer.trailers);
}

}  // namespace herald::call
