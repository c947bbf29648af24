// SPDX-License-Identifier: Apache-2.0
//
// What repeated calls may cost a callee: a share of the calls of the last ten
// seconds, and a few more so that a quiet caller can repeat at all. Retries
// without a bound turn a slow service into a dead one; with this one a full
// outage costs a tenth more than no retries would. Counted by the second.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/time.h"

namespace herald::routing {

// One for each callee agent. A value; allocates nothing. One thread.
class RetryBudget {
 public:
  struct Options {
    uint32_t per_thousand = 100;  // of the calls of the window
    uint32_t besides = 3;         // in the window, whatever the calls
    Duration window = std::chrono::seconds(10);
  };
  RetryBudget() : RetryBudget(Options{}) {}
  explicit RetryBudget(Options options) : options_(options) {}

  // A call began (not an attempt of one).
  void OnCall(Time now) { At(now).calls += 1; }

  // Takes one repetition; false when there is none left.
  bool Take(Time now);

  // Nothing happened within the window.
  bool idle(Time now) const;

 private:
  static constexpr int64_t kSlots = 10;
  struct Slot {
    int64_t number = -1;  // of the slot's stretch of time, counted from 0
    uint32_t calls = 0;
    uint32_t taken = 0;
  };
  int64_t NumberOf(Time now) const;
  Slot& At(Time now);

  Options options_;
  std::array<Slot, kSlots> slots_ = {};
};

}  // namespace herald::routing
