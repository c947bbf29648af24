// SPDX-License-Identifier: Apache-2.0
//
// The terms of a score, kept apart so that a decision can be explained.
//
//   predicted time to first byte  L = R + 2*J + loss + S(q) + f*5 s
//   score                         C = L + H[tier] + cost - near - affinity
#pragma once

#include "core/base/time.h"
#include "sidecar/routing/choice.h"

namespace herald::routing {

struct Score {
  Duration rtt{0};       // R
  Duration jitter{0};    // k_J * J
  Duration loss{0};      // what a lost packet of a short call costs
  Duration service{0};   // S(q)
  Duration failure{0};   // f * P_fail
  Duration handicap{0};  // H[tier]
  Duration egress{0};    // what the payload costs, as time
  Duration near{0};      // less: policy wants it near
  Duration affinity{0};  // less: it holds what the call belongs to

  Duration predicted_ttfb() const {
    return rtt + jitter + loss + service + failure;
  }
  Duration total() const {
    return predicted_ttfb() + handicap + egress - near - affinity;
  }
};

// Without the affinity, which is the choice's to know.
Score ScoreOf(const Candidate& candidate, const Ask& ask, Time now);

// The way that the candidate stands for.
const WayState& WayOf(const Candidate& candidate);

}  // namespace herald::routing
