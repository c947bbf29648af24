// SPDX-License-Identifier: Apache-2.0
#include "discovery/snapshot.h"

#include <algorithm>
#include <utility>

namespace herald::discovery {

Snapshot::Snapshot(uint64_t version, std::vector<EndpointPtr> peers)
    : version_(version), peers_(std::move(peers)) {
  std::stable_sort(peers_.begin(), peers_.end(),
                   [](const EndpointPtr& a, const EndpointPtr& b) {
                     return a->name < b->name;
                   });
  for (const EndpointPtr& peer : peers_) {
    by_name_.emplace(peer->name, peer);
    for (const AgentInfo& agent : peer->agents) {
      std::vector<EndpointPtr>& serving = by_agent_[agent.name];
      // A name that a peer lists twice still makes it one candidate.
      if (serving.empty() || serving.back() != peer) serving.push_back(peer);
    }
  }
}

std::span<const EndpointPtr> Snapshot::Serving(std::string_view agent) const {
  auto found = by_agent_.find(agent);
  if (found == by_agent_.end()) return {};
  return found->second;
}

const EndpointPtr* Snapshot::FindPeer(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

std::vector<std::string> Snapshot::AgentNames() const {
  std::vector<std::string> names;
  for (const auto& [name, peers] : by_agent_) names.push_back(name);
  return names;
}

}  // namespace herald::discovery
