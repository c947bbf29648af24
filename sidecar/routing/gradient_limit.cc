// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/gradient_limit.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace herald::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// How much slower than alone is still well served. Envoy takes 1.25, and adds
// the limit's root on top: an agent for 20 then gets 31.
constexpr double kTolerance = 1.1;
constexpr double kMostCut = 0.5;  // at once
// Standard errors that are still chance.
constexpr double kErrors = 2;

constexpr Duration kLeastWindow = milliseconds(100);
constexpr int64_t kFewestInWindow = 16;
// One call of a minute among many of a moment counts as so many of them.
constexpr int kOutlier = 5;

// Narrowing to a quarter of the limit rather than to Envoy's 3: where queues
// are no longer than four times the agent's own capacity it measures as well,
// and turns away a tenth as many calls.
constexpr uint32_t kNarrowing = 4;
constexpr Duration kEvery = seconds(60);
constexpr Duration kUnsettled = seconds(1);
constexpr double kJitter = 0.15;
// Of the agent's times: how long narrowing may last, and how rarely it may
// come, so that a slow agent loses at most a twentieth of its time to it.
// Until the floor is settled it may come often: where a quarter of the limit
// still is too much, narrowing to it keeps the agent as busy as ever.
constexpr int kNarrowFor = 4;
constexpr Duration kLeastNarrowing = milliseconds(500);
constexpr int kRarely = 60;
constexpr int kRarelyUnsettled = 5;
constexpr int64_t kLowAnswers = 64;
constexpr double kFloorAnswers = 500;  // remembered; older ones fade
constexpr int64_t kFewestLow = 5;
// Two floors agree when neither is higher than this times the other; else the
// agent is changing.
constexpr double kAgrees = 1.2;

Duration Scale(Duration d, double factor) {
  return Duration(
      static_cast<int64_t>(static_cast<double>(d.count()) * factor));
}

uint32_t Quarter(uint32_t limit) {
  return std::max(GradientLimit::kLeast, limit / kNarrowing);
}

}  // namespace

void GradientLimit::Times::Add(Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  count_ += 1;
  sum_ += seconds;
  squares_ += seconds * seconds;
}

void GradientLimit::Times::Merge(const Times& others) {
  const double keep = std::min(1.0, kFloorAnswers / (count_ + others.count_));
  count_ = count_ * keep + others.count_;
  sum_ = sum_ * keep + others.sum_;
  squares_ = squares_ * keep + others.squares_;
}

double GradientLimit::Times::error() const {
  const double variance = squares_ / count_ - mean() * mean();
  return std::sqrt(std::max(variance, 0.0) / count_) / mean();
}

bool GradientLimit::Slower(const Times& a, const Times& b, double tolerance) {
  const double chance = kErrors * std::hypot(a.error(), b.error());
  return a.mean() > b.mean() * (tolerance + chance);
}

uint32_t GradientLimit::Allowed(Time now) {
  if (narrowing_ && now >= narrow_until_) EndNarrowing(now);
  return narrowing_ ? narrow_ : limit_;
}

void GradientLimit::OnFull(Time now) {
  if (narrowing_) return;
  full_ = true;
  if (now >= next_narrowing_) Narrow(Quarter(limit_), now);
}

void GradientLimit::OnAnswer(Duration service, uint32_t met, uint32_t inside,
                             Time now) {
  if (present_ > Duration(0)) service = std::min(service, kOutlier * present_);
  if (met < narrow_ && inside <= narrow_) {
    if (low_to_skip_ > 0) {
      --low_to_skip_;
    } else {
      low_.Add(service);
    }
    if (low_.count() == kLowAnswers) {
      if (narrowing_) return EndNarrowing(now);
      TakeFloor();  // measured without being asked for: few are inside anyway
      Plan(now);
    }
  }
  inside_ = inside;
  if (narrowing_) return;
  if (to_skip_ > 0) {
    --to_skip_;
    return;
  }
  window_.Add(service);
  // Each window lasts about four of the agent's times, however many it serves.
  const int64_t enough = std::max(kFewestInWindow, int64_t{4} * limit_);
  if (window_.count() >= enough && now - window_began_ >= kLeastWindow) {
    Update(now);
  }
}

void GradientLimit::Update(Time now) {
  const Times seen = window_;
  const bool was_full = full_;
  present_ = Duration(static_cast<int64_t>(seen.mean() * 1e9));
  BeginWindow(now);
  if (!floor_) {
    floor_ = seen;  // better than nothing, and measured at once
    next_narrowing_ = now;
  }
  if (Slower(*floor_, seen, kAgrees)) {  // faster with many than once with few
    floor_ = seen;
    floor_at_ = limit_;
    Plan(now);
  }
  if (!was_full) return;
  if (!Slower(seen, *floor_, kTolerance)) {
    limit_ = std::min(kMost, limit_ + step_);
    step_ = std::min(2 * step_, limit_);
    return;
  }
  const double ratio = kTolerance * floor_->mean() / seen.mean();
  step_ = 1;
  const auto less = static_cast<uint32_t>(static_cast<double>(limit_) *
                                          std::max(ratio, kMostCut));
  if (less > narrow_ || limit_ <= narrow_) {
    const bool was_settled = settled();
    limit_ = std::max(kLeast, less);
    if (was_settled && !settled()) Plan(now);
    return;
  }
  // Slower than can be for the number of calls: the agent itself has changed,
  // or other calls come than when the floor was taken.
  limit_ = narrow_;
  Narrow(narrow_, now);
}

void GradientLimit::BeginWindow(Time now) {
  window_ = {};
  window_began_ = now;
  to_skip_ = inside_;
  full_ = false;
}

void GradientLimit::Narrow(uint32_t to, Time now) {
  narrowing_ = true;
  narrow_ = to;
  low_ = {};
  // The first to answer of those that enter together are the quick ones.
  low_to_skip_ = to;
  narrow_until_ =
      now + patience_ * std::max(kLeastNarrowing, kNarrowFor * present_);
}

void GradientLimit::EndNarrowing(Time now) {
  narrowing_ = false;
  if (low_.count() >= kFewestLow) {
    TakeFloor();
    patience_ = 1;
  } else {
    patience_ = std::min(2 * patience_, 64);
  }
  BeginWindow(now);
  Plan(now);
}

// Where it agrees with the one before, chance is what differs, and both
// together know more than either.
void GradientLimit::TakeFloor() {
  const Times found = std::exchange(low_, {});
  const bool agrees = floor_ && floor_at_ == narrow_ &&
                      !Slower(found, *floor_, kAgrees) &&
                      !Slower(*floor_, found, kAgrees);
  if (agrees) {
    floor_->Merge(found);
  } else {
    floor_ = found;
  }
  floor_at_ = narrow_;
  narrow_ = Quarter(limit_);
}

// A floor says what an agent can do alone only when far fewer were inside than
// it is now let serve; else there may have been a queue.
bool GradientLimit::settled() const {
  return floor_at_ <= std::max(kLeast, limit_ / 2);
}

void GradientLimit::Plan(Time now) {
  const Duration slow = present_ * patience_;
  const Duration wait = settled()
                            ? std::max(kEvery, kRarely * slow)
                            : std::max(kUnsettled, kRarelyUnsettled * slow);
  next_narrowing_ = now + Scale(wait, 1 + kJitter * (2 * random_.Unit() - 1));
}

}  // namespace herald::routing
