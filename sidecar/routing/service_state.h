// SPDX-License-Identifier: Apache-2.0
//
// What routing remembers of one callee agent, besides its peers: how many of
// its calls go further out, which peer holds what, which peers we use.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/site.h"
#include "sidecar/routing/affinity_table.h"
#include "sidecar/routing/subset.h"
#include "sidecar/routing/tier_control.h"

namespace herald::routing {

// Owned by the Balancer. One thread.
struct ServiceState {
  AffinityTable affinity;
  Subset subset;

  // One for each set of tiers: calls that are permitted further out do not
  // move those that are not.
  TierControl& ControlOf(const TierViews& tiers) {
    size_t set = 0;
    for (size_t t = 0; t < tiers.size(); ++t) {
      set |= size_t{tiers[t].present} << t;
    }
    return controls[set];
  }

  std::array<TierControl, 1 << kTierCount> controls = {};
};

}  // namespace herald::routing
