// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/way_state.h"

#include <array>

namespace herald::routing {
namespace {

using std::chrono::milliseconds;

// Round trips to expect of a path that was never measured, by tier.
constexpr std::array<Duration, kTierCount> kRttPrior = {
    milliseconds(2), milliseconds(5), milliseconds(20), milliseconds(60)};

}  // namespace

Duration WayState::Rtt(Tier tier) const {
  return rtt_ ? *rtt_ : kRttPrior[static_cast<size_t>(tier)];
}

}  // namespace herald::routing
