// SPDX-License-Identifier: Apache-2.0
#include "discovery/snapshot.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace herald::discovery {
namespace {

using Peers = std::vector<EndpointPtr>;

// That a peer, of which something changed, serves an agent or did so.
struct Concern {
  std::string_view agent;
  const PeerChange* change;

  auto key() const { return std::make_pair(agent, change); }
  bool operator<(const Concern& other) const { return key() < other.key(); }
  bool operator==(const Concern& other) const { return key() == other.key(); }
};

void AddConcerns(std::vector<Concern>& out, std::span<const EndpointPtr> ways,
                 const PeerChange& change) {
  for (const EndpointPtr& way : ways) {
    for (const AgentInfo& agent : way->agents) {
      out.push_back({agent.name, &change});
    }
  }
}

// Who serves `agent` after the changes that concern it, in order of name as
// they all are.
Peers Merge(std::span<const EndpointPtr> before, std::string_view agent,
            std::span<const Concern> concerns) {
  Peers out;
  out.reserve(before.size() + concerns.size());
  auto next = before.begin();
  for (const Concern& concern : concerns) {
    const std::string& name = concern.change->name;
    while (next != before.end() && (*next)->name < name) out.push_back(*next++);
    while (next != before.end() && (*next)->name == name) ++next;
    for (const EndpointPtr& way : concern.change->ways) {
      if (way->FindAgent(agent) != nullptr) out.push_back(way);
    }
  }
  out.insert(out.end(), next, before.end());
  return out;
}

// One change for each name of `peers`, which are in order.
std::vector<PeerChange> AsChanges(Peers peers) {
  std::vector<PeerChange> out;
  for (EndpointPtr& peer : peers) {
    if (out.empty() || out.back().name != peer->name) {
      out.push_back({.name = peer->name, .ways = {}});
    }
    out.back().ways.push_back(std::move(peer));
  }
  return out;
}

}  // namespace

void SortPeers(Peers& peers) {
  std::stable_sort(peers.begin(), peers.end(),
                   [](const EndpointPtr& a, const EndpointPtr& b) {
                     return std::tie(a->name, *a->way) <
                            std::tie(b->name, *b->way);
                   });
}

Snapshot::Snapshot(uint64_t version, std::vector<EndpointPtr> peers) {
  SortPeers(peers);
  *this = *Snapshot().With(AsChanges(std::move(peers)));
  version_ = version;
}

std::span<const EndpointPtr> Snapshot::Serving(std::string_view agent) const {
  const std::span<const Served> found = by_agent_.Find(agent);
  if (found.empty()) return {};
  return *found.front().by;
}

const EndpointPtr* Snapshot::FindPeer(std::string_view name) const {
  std::span<const EndpointPtr> ways = WaysTo(name);
  return ways.empty() ? nullptr : ways.data();
}

std::vector<std::string> Snapshot::AgentNames() const {
  std::vector<std::string> names;
  for (const Served& served : by_agent_) names.emplace_back(served.agent);
  return names;
}

SnapshotPtr Snapshot::With(std::span<const PeerChange> changes) const {
  auto next = std::make_shared<Snapshot>(*this);
  ++next->version_;
  std::vector<Concern> concerns;
  for (const PeerChange& change : changes) {
    AddConcerns(concerns, WaysTo(change.name), change);
    AddConcerns(concerns, change.ways, change);
    next->peers_.Replace(change.name, change.ways);
  }
  // By agent, and then in the order of the changes, which is that of names.
  std::sort(concerns.begin(), concerns.end());
  concerns.erase(std::unique(concerns.begin(), concerns.end()), concerns.end());
  const std::span<const Concern> all(concerns);
  for (size_t from = 0; from < all.size();) {
    const std::string_view agent = all[from].agent;
    size_t to = from;
    while (to < all.size() && all[to].agent == agent) ++to;
    next->SetServing(
        agent, Merge(Serving(agent), agent, all.subspan(from, to - from)));
    from = to;
  }
  return next;
}

void Snapshot::SetServing(std::string_view agent, Peers by) {
  if (by.empty()) return by_agent_.Replace(agent, {});
  by.shrink_to_fit();
  // The name must live as long as the entry.
  const std::string_view name = by.front()->FindAgent(agent)->name;
  const Served served{name, std::make_shared<const Peers>(std::move(by))};
  by_agent_.Replace(name, {&served, 1});
}

}  // namespace herald::discovery
