// SPDX-License-Identifier: Apache-2.0
#include "discovery/peer_entry.h"

#include <map>
#include <utility>

#include "core/base/spiffe_id.h"
#include "discovery/facts.h"

namespace herald::discovery {
namespace {

void ReadIdentity(yaml::MapReader& map, Endpoint& peer) {
  const yaml::Node* node = map.Required("identity");
  if (node == nullptr) return;
  yaml::Problems& problems = map.problems();
  auto text = yaml::ReadString(*node, problems, "'identity'");
  if (!text) return;
  StatusOr<SpiffeId> id = SpiffeId::Parse(*text);
  if (!id.ok()) {
    problems.Error(*node,
                   "'" + *text + "' is no SPIFFE id: " + Message(id.status()),
                   "as in spiffe://acme.example/agent/summarizer");
    return;
  }
  if (id->path().empty()) {
    problems.Error(*node,
                   "'" + *text +
                       "' names a trust domain, no "
                       "workload in it",
                   "as in " + *text + "/agent/summarizer");
    return;
  }
  peer.identity = id->text();
}

void ReadAgents(yaml::MapReader& map, Endpoint& peer) {
  std::map<std::string, int> lines;
  std::vector<AgentInfo> agents;
  yaml::Problems& problems = map.problems();
  for (const yaml::Node& item : map.List("agents")) {
    yaml::MapReader agent_map(item, problems, "an agent");
    if (!agent_map) continue;
    AgentInfo agent = ReadAgent(agent_map);
    if (agent.name.empty()) continue;
    auto [known, is_new] = lines.emplace(agent.name, item.at.line);
    if (!is_new) {
      problems.Error(item, "agent '" + agent.name +
                               "' stands twice in "
                               "this peer; the first is in line " +
                               std::to_string(known->second));
      continue;
    }
    agents.push_back(std::move(agent));
  }
  peer.agents = std::move(agents);
}

}  // namespace

PeerEntry ReadPeerEntry(yaml::MapReader& map, const std::string& name) {
  PeerEntry out;
  out.peer.name = name;
  ReadIdentity(map, out.peer);
  if (yaml::MapReader site = map.Map("site")) out.peer.site = ReadSite(site);
  ReadAgents(map, out.peer);
  if (const yaml::Node* via = map.Optional("via")) {
    out.peer.via = yaml::ReadString(*via, map.problems(), "'via'").value_or("");
    if (!out.peer.via.empty()) out.via_at = via->at;
  }
  out.ways = ReadWays(map, out.peer);
  return out;
}

}  // namespace herald::discovery
