// SPDX-License-Identifier: Apache-2.0
//
// Reads the sidecar's catalogue of agents (GET /.herald/agents).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "herald/client.h"

namespace herald::sdk {

// nullopt for text that is no catalogue. Members it does not know are left
// alone, so that an older SDK reads a newer sidecar.
std::optional<std::vector<Agent>> ParseCatalogue(std::string_view text);

bool Matches(const Agent& agent, const AgentQuery& query);

}  // namespace herald::sdk
