// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/tier_control.h"

#include <algorithm>

namespace herald::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kStep = milliseconds(500);
// After a pause what is true now is taken to have been true for so long.
constexpr int64_t kMostSteps = 20;
constexpr double kOut = 0.10;
constexpr double kBack = 0.05;
constexpr double kCrowded = 0.90;
constexpr double kRoomy = 0.75;
constexpr double kWorse = 1.25;
constexpr double kAsGood = 1.05;
// Below it all costs are equal, as in the band of the pick.
constexpr Duration kFloor = milliseconds(3);
constexpr Duration kSmooth = seconds(3);

double Ratio(Duration a, Duration b) {
  return static_cast<double>(a.count()) / static_cast<double>(b.count());
}

Duration Times(double factor, Duration d) {
  return Duration(
      static_cast<int64_t>(factor * static_cast<double>(d.count())));
}

}  // namespace

bool ClearlyWorse(Duration here, Duration outside) {
  return outside != kNoCost && here > Times(kWorse, outside) + kFloor;
}

bool TierControl::Observe(const TierViews& tiers, Time now) {
  const Duration passed = begun_ ? now - observed_at_ : kSmooth;
  const double weight = begun_ ? Ratio(passed, passed + kSmooth) : 1;
  observed_at_ = now;
  for (size_t t = 0; t < tiers.size(); ++t) {
    if (tiers[t].usable == 0) {
      // Back from nothing, it is asked slowly again.
      if (tiers[t].present) spill_[t] = 1;
      continue;
    }
    const double load = static_cast<double>(tiers[t].in_flight) /
                        static_cast<double>(tiers[t].limit);
    utilization_[t] += weight * (load - utilization_[t]);
  }
  if (begun_) return now - stepped_at_ >= kStep;
  begun_ = true;
  stepped_at_ = now;
  return false;
}

TierControl::Outer TierControl::OuterOf(size_t tier, const TierViews& tiers,
                                        const TierCosts& costs) const {
  Outer outer;
  for (size_t t = tier + 1; t < tiers.size(); ++t) {
    if (tiers[t].usable == 0) continue;
    outer.cost = std::min(outer.cost, costs[t]);
    outer.room = outer.room || utilization_[t] < kCrowded;
  }
  return outer;
}

void TierControl::Step(const TierViews& tiers, const TierCosts& costs,
                       Time now) {
  const int64_t passed = (now - stepped_at_) / kStep;
  stepped_at_ += passed * kStep;
  const auto steps = static_cast<double>(std::min(passed, kMostSteps));
  for (size_t t = 0; t < tiers.size(); ++t) {
    if (tiers[t].usable == 0) continue;
    const Outer outer = OuterOf(t, tiers, costs);
    if (outer.cost == kNoCost) {  // the outermost that is there
      spill_[t] = 0;
      continue;
    }
    const bool crowded = utilization_[t] > kCrowded && outer.room;
    const bool worse = ClearlyWorse(costs[t], outer.cost);
    const bool roomy = utilization_[t] < kRoomy;
    const bool as_good = costs[t] < Times(kAsGood, outer.cost) + kFloor;
    if (crowded || worse) {
      spill_[t] = std::min(1.0, spill_[t] + kOut * steps);
    } else if (roomy && as_good) {
      spill_[t] = std::max(0.0, spill_[t] - kBack * steps);
    }
  }
}

Tier TierControl::Admit(const TierViews& tiers, Random& random) const {
  size_t last = 0;
  for (size_t t = 0; t < tiers.size(); ++t) {
    if (!tiers[t].present) continue;
    last = t;
    if (spill_[t] <= 0 || !random.Chance(spill_[t])) break;
  }
  return static_cast<Tier>(last);
}

Tier TierControl::Likeliest(const TierViews& tiers) const {
  size_t last = 0;
  for (size_t t = 0; t < tiers.size(); ++t) {
    if (!tiers[t].present) continue;
    last = t;
    if (spill_[t] < 0.5) break;
  }
  return static_cast<Tier>(last);
}

}  // namespace herald::routing
