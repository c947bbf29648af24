// SPDX-License-Identifier: Apache-2.0
//
// An EventLoop on a virtual clock. Time stands still while handlers run and
// jumps to the next timer between turns, so that a test of ten seconds takes
// none, and the same inputs give the same order of events every time.
#pragma once

#include <deque>
#include <functional>

#include "core/base/event_loop.h"
#include "core/base/timer_queue.h"

namespace herald::test {

// Owned by the test; must outlive everything that runs on it. One thread.
class FakeLoop final : public EventLoop {
 public:
  // 2026-01-01 00:00:00 UTC at virtual time zero.
  static constexpr std::chrono::seconds kEpoch{1767225600};

  Time Now() const override { return now_; }
  WallTime WallNow() const override;
  void Post(std::function<void()> fn) override;
  void AtTurnEnd(std::function<void()> fn) override;
  TimerId RunAt(Time when, std::function<void()> fn) override;
  void Cancel(TimerId id) override;

  // One turn at the present instant: timers that are due, posts, turn ends.
  void RunTurn();

  // Turns until `done` says so, jumping from timer to timer, for at most
  // `limit` of virtual time. Returns whether `done` said so.
  bool RunUntil(const std::function<bool()>& done,
                Duration limit = std::chrono::seconds(60));

  // Turns for exactly this long.
  void RunFor(Duration time);

 private:
  void RunPosts();

  Time now_ = Time(std::chrono::seconds(1));
  TimerQueue timers_;
  std::deque<std::function<void()>> posts_;
  std::deque<std::function<void()>> turn_ends_;
};

}  // namespace herald::test
