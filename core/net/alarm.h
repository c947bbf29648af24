// SPDX-License-Identifier: Apache-2.0
//
// One wake-up call from the kernel, a timerfd under the loop. The loop's many
// timers live in a TimerQueue; only the earliest needs the kernel. Setting a
// timerfd is a system call, so an alarm that stands at or before the wanted
// instant is left alone: it rings early, the loop finds nothing due and sets
// it again. That way the thousands of timers a busy second creates and
// cancels cost a few calls.
#pragma once

#include <array>
#include <memory>

#include "core/base/time.h"

namespace boost::asio {
class io_context;
}

namespace herald::net {

// Owned by the loop, destroyed before its context. One thread.
class Alarm {
 public:
  explicit Alarm(boost::asio::io_context& context);
  ~Alarm();

  // Rings, that is, ends the loop's wait, at `when` or earlier. `kNever` is
  // ignored.
  void SetBy(Time when);

 private:
  class Descriptor;
  void Await();

  std::unique_ptr<Descriptor> descriptor_;
  std::array<char, 8> expirations_ = {};  // how often it rang, read and unused
  Time set_ = kNever;
};

}  // namespace herald::net
