// SPDX-License-Identifier: Apache-2.0
//
// What the Prefer rules want for one call, merged key by key. Preferences only
// order candidates that policy allows; they never allow or deny.
#pragma once

#include <array>
#include <optional>

#include "core/base/site.h"
#include "core/base/time.h"
#include "policy/program.h"
#include "policy/question.h"
#include "policy/schema.h"

namespace herald::policy {

// Absent: no rule said anything about it.
struct Preference {
  std::array<std::optional<Duration>, kTierCount> handicap;  // by Tier
  std::optional<Duration> max_rtt;
  std::optional<Duration> max_predicted_ttfb;
  std::optional<PreferKeys::Affinity> affinity;
  std::optional<PreferKeys::Cost> cost;
  // Both are the program's; null: not said.
  const PreferKeys::Near* near = nullptr;
  const std::vector<PeerClass>* weights = nullptr;
  bool operator==(const Preference&) const = default;
};

// A rule counts when its selector is known to hold. For each key the most
// specific selector wins (by name where equally specific); bounds (maxRtt,
// maxPredictedTtfb, the cost ceiling) take the least.
Preference PreferenceFor(const Program& program, const Call& call);

}  // namespace herald::policy
