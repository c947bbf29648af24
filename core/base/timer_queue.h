// SPDX-License-Identifier: Apache-2.0
//
// Timers in order of (time, creation). Both loops, the real and the simulated,
// keep theirs here, so that equal instants fire in the same order everywhere.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "core/base/event_loop.h"
#include "core/base/time.h"

namespace herald {

// Owned by a loop; used on its thread only.
class TimerQueue {
 public:
  TimerId Add(Time when, std::function<void()> fn);
  void Cancel(TimerId id);

  // The earliest timer, or kNever.
  Time Next() const;

  // Runs every timer due at `now`, those added while running included.
  void RunDue(Time now);

  bool empty() const { return by_time_.empty(); }

 private:
  std::map<std::pair<Time, TimerId>, std::function<void()>> by_time_;
  absl::flat_hash_map<TimerId, Time> by_id_;
  TimerId last_ = 0;
};

}  // namespace herald
