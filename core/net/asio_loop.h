// SPDX-License-Identifier: Apache-2.0
//
// The real EventLoop: one boost::asio::io_context, one thread. A turn is
//
//   wait      until a descriptor is ready or the alarm rings
//   handle    what woke it; where it had not to sleep, or comes late, all that
//             is ready, up to a bound
//   timers    those due at Now()
//   posted    what the above has Posted, and what that Posts
//   turn end  the AtTurnEnd callbacks, which write what the turn produced
//
// This file is the only place in the project that reads a clock. Now() is
// read once a turn, at the first question after the wait; nothing that
// happens inside a turn can see time pass.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/timer_queue.h"
#include "core/net/alarm.h"

namespace herald::net {

// Owned by whoever assembles the process; outlives every socket on it. Not
// safe for use from a second thread, Stop() included.
class AsioLoop final : public EventLoop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  // Outside of a turn (while the process is being assembled, in tests) Now()
  // is read at the first question and then holds until the next turn's wait.
  Time Now() const override;
  WallTime WallNow() const override;
  void Post(std::function<void()> fn) override;
  void AtTurnEnd(std::function<void()> fn) override;
  TimerId RunAt(Time when, std::function<void()> fn) override;
  void Cancel(TimerId id) override;

  // For sockets; handlers run in the turn's second step.
  boost::asio::io_context& context() { return *context_; }

  // Did this turn's wait sleep? Then what woke it is most likely all there is:
  // nobody need spend a system call on looking for more. What is ready all the
  // same is handled in the next turn, which finds it without sleeping.
  bool slept() const;

  // Runs turns until Stop().
  void Run();
  // Lets the running turn finish, then ends Run(). Called outside of Run(),
  // it ends the next one before its first turn.
  void Stop() { stopping_ = true; }

  // One turn that waits at most `longest_wait`: for tests, and for whoever
  // has a loop of its own.
  void RunTurn(Duration longest_wait = Duration::max());

 private:
  bool HasWorkNow() const;
  bool late() const;
  void Wait(Duration longest_wait);
  using Functions = std::vector<std::function<void()>>;
  void RunRound(Functions& waiting);
  void RunPosted();

  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<Alarm> alarm_;
  TimerQueue timers_;
  Functions posted_;
  Functions at_turn_end_;
  Functions spare_;  // empty; the room of a round that is over
  mutable std::optional<Time> now_;
  std::optional<Time> wait_began_;  // of this turn, where it waited
  bool stopping_ = false;
};

}  // namespace herald::net
