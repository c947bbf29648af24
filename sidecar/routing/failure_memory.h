// SPDX-License-Identifier: Apache-2.0
//
// How badly something has failed of late, as one number that fades: three
// failures at once make it 1, and ten seconds leave a third of that. Callers
// keep one of each peer; a callee keeps one of its own agent and reports it.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/base/time.h"

namespace herald::routing {

// A value. One thread.
class FailureMemory {
 public:
  // Three failures, and it is as bad as can be.
  static constexpr double kStep = 0.34;
  // Peak EWMA's decay (Finagle, Envoy).
  static constexpr Duration kFade = std::chrono::seconds(10);

  // What is left of one after `age`.
  static double Left(Duration age) {
    if (age <= Duration(0)) return 1;
    return std::exp(-static_cast<double>(age.count()) /
                    static_cast<double>(kFade.count()));
  }

  // 0..1
  double At(Time now) const {
    return level_ == 0 ? 0 : level_ * Left(now - at_);
  }
  void OnFailure(Time now) { Set(std::min(1.0, At(now) + kStep), now); }
  // A success makes up for half of it.
  void OnSuccess(Time now) {
    if (level_ != 0) Set(At(now) / 2, now);
  }
  // As somebody else has it.
  void Set(double level, Time now) {
    level_ = level;
    at_ = now;
  }
  void Clear() { level_ = 0; }

 private:
  double level_ = 0;
  Time at_{};
};

}  // namespace herald::routing
