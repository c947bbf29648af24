// SPDX-License-Identifier: Apache-2.0
//
// The terms of a score, kept apart so that a decision can be explained.
#pragma once

#include "core/base/time.h"

namespace herald::routing {

struct Score {
  Duration rtt{0};       // R
  Duration jitter{0};    // k_J * J
  Duration service{0};   // S(q)
  Duration failure{0};   // f * P_fail
  Duration handicap{0};  // H[tier]
  bool usable = false;   // up or connecting, not draining, not in back-off

  Duration predicted_ttfb() const { return rtt + jitter + service + failure; }
  Duration total() const { return predicted_ttfb() + handicap; }
};

}  // namespace herald::routing
