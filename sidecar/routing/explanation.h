// SPDX-License-Identifier: Apache-2.0
//
// A decision with its reasons, as values: what would be chosen now, and how
// each candidate stands.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sidecar/routing/choice.h"
#include "sidecar/routing/field.h"
#include "sidecar/routing/score.h"

namespace herald::routing {

struct Considered {
  Score score;
  Standing standing = Standing::kIn;
  Link link = Link::kIdle;
  uint32_t in_flight = 0;
  uint32_t limit = 0;
  double warmth = 1;
};

struct Explanation {
  std::vector<Considered> candidates;  // in the order they came
  // One of those that are in, with the reason; nullopt: nobody is usable.
  std::optional<Choice> choice;
  // The peer that holds the call's affinity; empty: none does.
  std::string holder;
  // The share of calls that goes past each tier.
  std::array<double, kTierCount> spill = {};
};

}  // namespace herald::routing
