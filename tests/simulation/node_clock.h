// SPDX-License-Identifier: Apache-2.0
//
// The world's loop as one node sees it: its calendar may be wrong, and jump.
#pragma once

#include <functional>
#include <utility>

#include "core/base/event_loop.h"

namespace herald::simulation {

// Owned by the node's place, and outlives the node. One thread.
class NodeClock final : public EventLoop {
 public:
  explicit NodeClock(EventLoop& world) : world_(world) {}

  // From now on the calendar is off by so much.
  void Jump(Duration off) { off_ = off; }

  Time Now() const override { return world_.Now(); }
  WallTime WallNow() const override { return world_.WallNow() + off_; }
  void Post(std::function<void()> fn) override { world_.Post(std::move(fn)); }
  void AtTurnEnd(std::function<void()> fn) override {
    world_.AtTurnEnd(std::move(fn));
  }
  TimerId RunAt(Time when, std::function<void()> fn) override {
    return world_.RunAt(when, std::move(fn));
  }
  void Cancel(TimerId id) override { world_.Cancel(id); }

 private:
  EventLoop& world_;
  Duration off_{0};
};

// Within the day for which the certificates of a world are good: no call may
// notice. `strength` is between 0 and 1.
inline Duration JumpOf(double strength) {
  constexpr Duration kBack = std::chrono::minutes(45);
  constexpr Duration kAhead = std::chrono::hours(20);
  return Duration(static_cast<int64_t>(
             strength * static_cast<double>((kBack + kAhead).count()))) -
         kBack;
}

}  // namespace herald::simulation
