// SPDX-License-Identifier: Apache-2.0
//
// What somebody looks for among agents: a name, what it can do, what it takes
// and gives, and where it stands. A value and its meaning; who asks and how the
// answer looks is others'.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/site.h"
#include "core/base/status.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

// What is given must be so, all of it; what is left out may be anything. What
// an agent does not say of itself it is not found by.
struct AgentQuery {
  std::string name;  // exactly
  std::vector<std::string> skills;
  std::vector<std::string> tags;
  // Media types. "text/*" asks for any text; an agent that takes "text/*" or
  // "*/*" is found by "text/plain".
  std::vector<std::string> input_modes;
  std::vector<std::string> output_modes;
  std::vector<std::string> labels;  // that it says it can take
  std::optional<Country> country;
  std::optional<Tier> tier;

  bool operator==(const AgentQuery&) const = default;
};

// Sets what `key` ("skill", "tag", "input", "output", "label", "name",
// "country" or "tier") asks for; all but the last three may come again.
// kInvalidArgument for another key, a value that is none, or a second one where
// there can be one. What it says is for people.
Status Ask(AgentQuery& query, std::string_view key, std::string_view value);

bool Matches(const AgentQuery& query, const AgentInfo& agent);
bool Matches(const AgentQuery& query, const Site& site);

}  // namespace herald::discovery
