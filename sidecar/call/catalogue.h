// SPDX-License-Identifier: Apache-2.0
//
// The catalogue as JSON: what an agent reads at `/.herald/agents` to find
// others by name, skill or tag, and what two sidecars greet each other with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/snapshot.h"

namespace herald::call {

inline constexpr std::string_view kOwnPaths = "/.herald/";
inline constexpr std::string_view kAgentsPath = "/.herald/agents";
inline constexpr std::string_view kLoadPath = "/.herald/load";

// {"agents":[{"name","skills","tags","idempotent"}]} of our own agents: the
// greeting.
std::string RenderGreeting(const std::vector<discovery::AgentInfo>& agents);

// The agents of such a document; nullopt when it is none.
std::optional<std::vector<discovery::AgentInfo>> ParseCatalogue(
    std::string_view text);

// {"agents":[{"name","skills","tags","peers":[{"name","country","tier"}]}]}:
// every agent `snapshot` knows and those of `own`, sorted by name.
std::string RenderCatalogue(const discovery::Snapshot& snapshot,
                            const std::vector<discovery::AgentInfo>& own,
                            const std::string& own_node);

// One agent's entry of the same document, or nullopt when nobody serves it.
std::optional<std::string> RenderCatalogueEntry(
    const discovery::Snapshot& snapshot,
    const std::vector<discovery::AgentInfo>& own, const std::string& own_node,
    std::string_view agent);

}  // namespace herald::call
