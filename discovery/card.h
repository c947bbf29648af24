// SPDX-License-Identifier: Apache-2.0
//
// An agent's card: what an agent says of itself in the A2A protocol (1.0, and
// 0.3 as it was before), at /.well-known/agent-card.json. Text in, values out.
// Nothing in it is trusted beyond what it says of skills and modes; above all
// no address in it is ever called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

// Larger ones are no cards; those of real agents have some KiB.
inline constexpr size_t kMaxCard = 256 << 10;

struct AgentCard {
  struct Skill {
    std::string id;
    std::vector<std::string> tags;
    // Empty: the card's own.
    std::vector<std::string> input_modes;
    std::vector<std::string> output_modes;
    bool operator==(const Skill&) const = default;
  };

  std::string name;  // for people; not by what the mesh calls the agent
  std::string description;
  std::string version;
  std::vector<Skill> skills;
  std::vector<std::string> input_modes;
  std::vector<std::string> output_modes;

  bool operator==(const AgentCard&) const = default;
};

// kInvalidArgument for what is no card; why is said for people. What a card has
// beyond a bound (skills, tags, lengths), or writes wrongly in a place that
// does not matter to us, is left out.
StatusOr<AgentCard> ParseCard(std::string_view text);

// `own` with what the card adds: each fact that `own` does not say. The
// configuration's own words win.
AgentInfo Merged(AgentInfo own, const AgentCard& card);

}  // namespace herald::discovery
