// SPDX-License-Identifier: Apache-2.0
//
// When the first byte of a call is later than nearly all others were, another
// peer may be asked as well (Dean and Barroso, The Tail at Scale, 2013). Later
// than the 95th of a hundred of the last minute, and for one call in fifty at
// most: a service that is slow as a whole must not be asked twice by everybody.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "sidecar/routing/retry_budget.h"

namespace herald::routing {

// One for each callee agent. A value; allocates nothing. One thread.
class HedgeClock {
 public:
  void OnCall(Time now) { budget_.OnCall(now); }
  // The first byte of an answer came, `ttfb` after its request left.
  void OnFirstByte(Duration ttfb, Time now);

  // How long a first byte may take before it is late; nullopt with fewer than
  // 20 of the last minute to judge by.
  std::optional<Duration> Patience(Time now) const;

  // Takes one hedge; false when the calls of the last minute allow no more.
  bool Take(Time now) { return budget_.Take(now); }

 private:
  static constexpr size_t kKept = 128;
  struct Sample {
    Time at{};
    Duration ttfb{0};
  };
  std::array<Sample, kKept> samples_ = {};  // a ring
  uint64_t count_ = 0;
  RetryBudget budget_{RetryBudget::Options{
      .per_thousand = 20, .besides = 0, .window = std::chrono::seconds(60)}};
};

}  // namespace herald::routing
