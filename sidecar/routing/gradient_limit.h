// SPDX-License-Identifier: Apache-2.0
//
// How many calls an agent serves well at once, found out by watching it: while
// its time to first byte stays near what it is with few calls inside, the limit
// grows; when it rises, calls queue up inside the agent, where nobody can order
// them, and the limit falls in proportion. The idea is Envoy's and Netflix's
// gradient; what differs, and why, is in docs/ROUTING_DESIGN.md:
//
//              each window, where it was full
//   steady --- as fast as alone ------> limit + 1, + 2, + 4, ...
//      |  \--- slower than 1.1 floors -> limit * ratio
//      |
//      +-- full, floor is old --> narrowing (a quarter of the limit) --> steady
//            for 64 answers, at most 3 floors           with a new floor
//
// An agent that is never full is never touched.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/random.h"
#include "core/base/time.h"

namespace herald::routing {

// Pure: time is handed in, and the random numbers that keep sidecars from
// measuring in step. One owner, one thread. Allocates nothing.
class GradientLimit {
 public:
  static constexpr uint32_t kLeast = 3;
  static constexpr uint32_t kMost = 1000;
  // Before anything is known. Generous: to turn calls away from an agent that
  // could have served them is worse than to let it queue for a moment.
  static constexpr uint32_t kFirst = 100;

  // `random` outlives it.
  explicit GradientLimit(Random& random) : random_(random) {}

  // How many may be inside now.
  uint32_t Allowed(Time now);
  // The same without what a measurement takes off it: what to tell others.
  uint32_t limit() const { return limit_; }
  bool narrowing() const { return narrowing_; }
  // When Allowed() changes by itself, or kNever.
  Time NextDeadline() const { return narrowing_ ? narrow_until_ : kNever; }

  // A call took the last place, or found none. Only then does a limit matter.
  void OnFull(Time now);
  // The agent began to answer `service` after it got the call, which met `met`
  // others inside; `inside` are there now, itself included.
  void OnAnswer(Duration service, uint32_t met, uint32_t inside, Time now);

 private:
  // Times, by their mean: by Little's law that is what the number of calls
  // inside goes with; a median moves only when half of the calls wait. `error`
  // is the mean's own, so that chance is not taken for a change.
  class Times {
   public:
    void Add(Duration time);
    // Adds others of the same kind; the old ones fade.
    void Merge(const Times& others);
    int64_t count() const { return static_cast<int64_t>(count_); }
    double mean() const { return sum_ / count_; }  // seconds
    double error() const;                          // of the mean, relative
   private:
    double count_ = 0, sum_ = 0, squares_ = 0;
  };
  // Whether `a` is so much slower than `b` that it is no chance.
  static bool Slower(const Times& a, const Times& b, double tolerance);

  void Update(Time now);
  void Narrow(uint32_t to, Time now);
  void EndNarrowing(Time now);
  void TakeFloor();
  void Plan(Time now);
  bool settled() const;
  void BeginWindow(Time now);

  Random& random_;
  uint32_t limit_ = kFirst;
  uint32_t step_ = 1;
  // Time to first byte with few inside, and with as many as there are.
  std::optional<Times> floor_;
  Duration present_{0};
  uint32_t floor_at_ = kMost;  // with so many inside

  Times window_;
  Time window_began_{};
  uint32_t to_skip_ = 0;  // answers to calls that met another limit
  uint32_t inside_ = 0;
  bool full_ = false;  // in this window

  Times low_;  // of calls that met fewer than narrow_
  uint32_t narrow_ = kFirst / 4;
  bool narrowing_ = false;
  uint32_t low_to_skip_ = 0;
  Time narrow_until_{};
  Time next_narrowing_ = kNever;
  int patience_ = 1;  // doubled while narrowing is too short to measure
};

}  // namespace herald::routing
