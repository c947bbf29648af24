// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/breaker.h"

#include <algorithm>

#include "sidecar/routing/hash.h"

namespace herald::routing {
namespace {

constexpr uint32_t kFailures = 3;
constexpr Duration kFirst = std::chrono::seconds(1);
constexpr Duration kLongest = std::chrono::seconds(60);
constexpr uint32_t kMostDoublings = 6;  // 64 s, beyond the longest

// A success forgets how often it was open only after a time in which another
// failure would have come.
constexpr Duration kCalm = std::chrono::seconds(10);

// `d` less up to half of it.
Duration Jittered(Duration d, uint64_t random) {
  const uint64_t half = static_cast<uint64_t>(d.count()) / 2;
  return d - Duration(static_cast<int64_t>(random % (half + 1)));
}

}  // namespace

Breaker::State Breaker::state(Time now) const {
  if (!open_) return State::kClosed;
  return now < open_until_ ? State::kOpen : State::kRipe;
}

void Breaker::OnFailure(Time now, uint64_t salt) {
  ++failures_;
  // Calls sent before it opened end now: they say nothing new.
  if (state(now) == State::kOpen) return;
  if (state(now) == State::kRipe || failures_ >= kFailures) Open(now, salt);
}

void Breaker::Open(Time now, uint64_t salt) {
  if (now - open_until_ > kCalm) opened_ = 0;
  const Duration full =
      std::min(kLongest, kFirst * (1 << std::min(opened_, kMostDoublings)));
  open_ = true;
  on_trial_ = false;
  open_until_ = now + Jittered(full, Mix(salt ^ ToNanos(now)));
  ++opened_;
}

bool Breaker::OnSuccess() {
  const bool closed = open_;
  failures_ = 0;
  open_ = false;
  on_trial_ = false;
  return closed;
}

void Breaker::CloseOnProbation() {
  open_ = false;
  on_trial_ = false;
  failures_ = kFailures - 1;
}

void Breaker::OnReport(Time now) {
  if (state(now) == State::kRipe && !on_trial_) CloseOnProbation();
}

void Breaker::OnNewLink() {
  if (open_) CloseOnProbation();
}

}  // namespace herald::routing
