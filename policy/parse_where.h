// SPDX-License-Identifier: Apache-2.0
//
// The grammar of `where`: what a rule asks of the path. Only parse*.cc include
// this header.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/yaml/map_reader.h"
#include "policy/schema.h"

namespace herald::policy {

inline constexpr std::array<yaml::Choice<Tier>, 4> kTierChoices = {
    yaml::Choice<Tier>{"Device", Tier::kDevice},
    {"FarEdge", Tier::kFarEdge},
    {"NearEdge", Tier::kNearEdge},
    {"Cloud", Tier::kCloud}};
inline constexpr std::array<yaml::Choice<Attestation>, 4> kAttestationChoices =
    {yaml::Choice<Attestation>{"none", Attestation::kNone},
     {"declared", Attestation::kDeclared},
     {"platform", Attestation::kPlatform},
     {"hardware", Attestation::kHardware}};

// A list of texts (defined in parse_rule.cc), nullopt when absent. An empty one
// is a problem: it would match nothing, which nobody means.
OptionalTexts FilledTexts(yaml::MapReader& map, std::string_view key);

// nullopt when the rule has no `where`.
std::optional<Where> ParseWhere(yaml::MapReader& rule, Effect effect);

}  // namespace herald::policy
