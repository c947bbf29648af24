// SPDX-License-Identifier: Apache-2.0
//
// The catalogue as JSON: what an agent reads at `/.herald/agents` to find
// others by what they can do, and what two sidecars greet each other with. It
// joins what discovery says of the peers that serve an agent with what those
// say themselves.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/find.h"
#include "discovery/snapshot.h"

namespace herald::call {

class PeerBook;

inline constexpr std::string_view kOwnPaths = "/.herald/";
inline constexpr std::string_view kAgentsPath = "/.herald/agents";
inline constexpr std::string_view kAiCatalogPath = "/.herald/catalog.json";
inline constexpr std::string_view kLoadPath = "/.herald/load";

// {"agents":[{"name","skills","tags","idempotent",...}]} of our own agents: the
// greeting.
std::string RenderGreeting(const std::vector<discovery::AgentInfo>& agents);

// The agents of such a document; nullopt when it is none.
std::optional<std::vector<discovery::AgentInfo>> ParseCatalogue(
    std::string_view text);

// What a catalogue is made of; borrowed.
struct Catalogue {
  const discovery::Snapshot& snapshot;
  const std::vector<discovery::AgentInfo>& own;  // our own agents
  const Site& own_site;
  const std::string& own_node;
  const PeerBook* peers = nullptr;  // what peers said; null: nothing

  // {"agents":[{"name","skills","tags","inputModes","outputModes","labels",
  // "description","version","peers":[{"name","country","tier"}]}]}, sorted by
  // name: those that `query` finds, with the peers where it finds them.
  std::string Render(const discovery::AgentQuery& query = {}) const;

  // The same as an AI Catalog (ai-catalog.io, specVersion 1.0): each agent an
  // entry whose card is fetched through this sidecar at `base`
  // ("http://127.0.0.1:15001"). `domain` is where its name is unique.
  std::string RenderAiCatalog(std::string_view base, std::string_view domain,
                              const discovery::AgentQuery& query = {}) const;

  // One agent's entry of the same document, or nullopt when nobody serves it
  // as the query asks.
  std::optional<std::string> RenderOne(std::string_view agent,
                                       discovery::AgentQuery query = {}) const;
};

// What a peer said of its agent, added to what discovery says of it.
discovery::AgentInfo Joined(const discovery::AgentInfo& known,
                            const discovery::AgentInfo* said);

}  // namespace herald::call
