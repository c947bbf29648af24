// SPDX-License-Identifier: Apache-2.0
//
// How many of an agent's calls go further out than the nearest tier. The score
// alone sends all of them to one side or the other, and whoever answers slower
// because he is loaded gets them back as soon as they have left: calls swing.
// So the share that is sent outwards is state. It grows fast, shrinks slowly,
// and stays where it is between two bounds (routing.md A.3).
//
//   spill out   s += 0.10  each 500 ms   u > 0.90, or C > 1.25 of the outer
//   ones come back   s -= 0.05  each 500 ms   u < 0.75 and C < 1.05 of the
//   outer ones at once     s  = 1                   no peer of the tier is
//   usable
#pragma once

#include <array>
#include <cstdint>

#include "core/base/random.h"
#include "core/base/site.h"
#include "core/base/time.h"

namespace herald::routing {

// What one question shows of a tier.
struct TierView {
  bool present = false;  // some candidate stands there
  uint32_t usable = 0;   // peers
  uint64_t in_flight = 0;
  uint64_t limit = 0;
};
using TierViews = std::array<TierView, kTierCount>;
// The median cost of the usable peers of each tier; without any, kNoCost.
using TierCosts = std::array<Duration, kTierCount>;
inline constexpr Duration kNoCost = Duration::max();

// Whether `here` costs so much more than further out that calls leave. Both
// may be kNoCost.
bool ClearlyWorse(Duration here, Duration outside);

// One for each agent and set of tiers that are present. A value; allocates
// nothing. One thread.
class TierControl {
 public:
  // At each question. True when it is time for a Step.
  bool Observe(const TierViews& tiers, Time now);
  // Catches up with the time that has passed. REQUIRES: Observe said so.
  void Step(const TierViews& tiers, const TierCosts& costs, Time now);

  // The innermost tier that this call may stay in.
  Tier Admit(const TierViews& tiers, Random& random) const;
  // Where most calls may stay.
  Tier Likeliest(const TierViews& tiers) const;

  double spill(Tier tier) const { return spill_[Index(tier)]; }
  double utilization(Tier tier) const { return utilization_[Index(tier)]; }

 private:
  static size_t Index(Tier tier) { return static_cast<size_t>(tier); }
  // The best outer tier's cost, and whether any of them has room.
  struct Outer {
    Duration cost = kNoCost;
    bool room = false;
  };
  Outer OuterOf(size_t tier, const TierViews& tiers,
                const TierCosts& costs) const;

  std::array<double, kTierCount> spill_ = {};
  std::array<double, kTierCount> utilization_ = {};
  bool begun_ = false;
  Time observed_at_{};
  Time stepped_at_{};
};

}  // namespace herald::routing
