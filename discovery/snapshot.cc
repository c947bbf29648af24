// SPDX-License-Identifier: Apache-2.0
#include "discovery/snapshot.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace herald::discovery {

Snapshot::Snapshot(uint64_t version, std::vector<EndpointPtr> peers)
    : version_(version), peers_(std::move(peers)) {
  std::stable_sort(peers_.begin(), peers_.end(),
                   [](const EndpointPtr& a, const EndpointPtr& b) {
                     return std::tie(a->name, a->way) <
                            std::tie(b->name, b->way);
                   });
  for (size_t i = 0; i < peers_.size(); ++i) {
    const EndpointPtr& peer = peers_[i];
    ++by_name_.emplace(peer->name, Range{.begin = i}).first->second.count;
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

std::span<const EndpointPtr> Snapshot::WaysTo(std::string_view name) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  return std::span(peers_).subspan(found->second.begin, found->second.count);
}

const EndpointPtr* Snapshot::FindPeer(std::string_view name) const {
  std::span<const EndpointPtr> ways = WaysTo(name);
  return ways.empty() ? nullptr : ways.data();
}

std::vector<std::string> Snapshot::AgentNames() const {
  std::vector<std::string> names;
  for (const auto& [name, peers] : by_agent_) names.push_back(name);
  return names;
}

}  // namespace herald::discovery
