// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/balancer.h"

#include "sidecar/routing/hash.h"
#include "sidecar/routing/picking.h"
#include "sidecar/routing/service_state.h"

namespace herald::routing {

Balancer::Balancer(BalancerOptions options) : options_(options) {}
Balancer::~Balancer() = default;

void Balancer::SetSelf(std::string_view identity) { self_ = HashOf(identity); }

PeerState& Balancer::Peer(std::string_view name) {
  auto found = peers_.find(name);
  if (found == peers_.end()) {
    std::string key(name);
    auto peer = std::make_unique<PeerState>(key, self_);
    found = peers_.emplace(std::move(key), std::move(peer)).first;
  }
  return *found->second;
}

ServiceState& Balancer::Service(std::string_view agent) {
  auto found = services_.find(agent);
  if (found == services_.end()) {
    found = services_.emplace(agent, std::make_unique<ServiceState>()).first;
  }
  return *found->second;
}

void Balancer::Retain(const discovery::Snapshot& snapshot) {
  const size_t gone = std::erase_if(peers_, [&](const auto& entry) {
    return snapshot.FindPeer(entry.first) == nullptr &&
           entry.second->in_flight() == 0;
  });
  if (gone > 0) ++generation_;
  RetainServices(snapshot);
}

void Balancer::Retain(const discovery::Snapshot& snapshot,
                      std::span<const std::string> names) {
  for (const std::string& name : names) {
    auto found = peers_.find(name);
    if (found == peers_.end() || snapshot.FindPeer(name) != nullptr ||
        found->second->in_flight() > 0) {
      continue;
    }
    peers_.erase(found);
    ++generation_;
  }
  RetainServices(snapshot);
}

// They are as many as the agents that ours have called.
void Balancer::RetainServices(const discovery::Snapshot& snapshot) {
  std::erase_if(services_, [&](const auto& entry) {
    return snapshot.Serving(entry.first).empty();
  });
}

std::optional<Choice> Balancer::Pick(std::span<const Candidate> candidates,
                                     const Ask& ask, Time now, Random& random) {
  if (candidates.empty()) return std::nullopt;
  ServiceState& service = Service(ask.agent);
  Picking picking({.candidates = candidates,
                   .ask = ask,
                   .now = now,
                   .random = &random,
                   .service = service,
                   .seed = self_,
                   .generation = generation_,
                   .trace = nullptr});
  const bool any = picking.Gather();
  if (options_.tier_control) picking.Learn();
  if (!any) return std::nullopt;
  const std::optional<Choice> choice = picking.Choose();
  if (choice && !ask.affinity.empty()) {
    service.affinity.Bind(ask.affinity, candidates[choice->index].peer->name(),
                          now);
  }
  return choice;
}

void Balancer::OnAnswer(std::string_view agent, std::string_view affinity,
                        std::string_view peer, Time now) {
  if (!affinity.empty()) Service(agent).affinity.OnAnswer(affinity, peer, now);
}

std::string_view Balancer::HolderOf(const Ask& ask, Time now) const {
  const auto found = services_.find(ask.agent);
  if (found == services_.end() || ask.affinity.empty()) return {};
  const Binding* binding = found->second->affinity.Find(
      ask.affinity, ask.preference.affinity_idle, now);
  const bool holds = binding != nullptr && binding->answered;
  return holds ? std::string_view(binding->peer) : std::string_view();
}

Explanation Balancer::Explain(std::span<const Candidate> candidates,
                              const Ask& ask, Time now) {
  Explanation out;
  if (candidates.empty()) return out;
  ServiceState& service = Service(ask.agent);
  std::vector<Standing> standings(candidates.size(), Standing::kIn);
  Picking picking({.candidates = candidates,
                   .ask = ask,
                   .now = now,
                   .random = nullptr,
                   .service = service,
                   .seed = self_,
                   .generation = generation_,
                   .trace = &standings});
  if (picking.Gather()) out.choice = picking.Choose();
  out.holder = HolderOf(ask, now);
  out.spill = picking.Spill();
  for (size_t i = 0; i < candidates.size(); ++i) {
    const PeerState& peer = *candidates[i].peer;
    Considered one{.score = ScoreOf(candidates[i], ask, now),
                   .standing = standings[i],
                   .link = WayOf(candidates[i]).link(),
                   .in_flight = peer.PredictedInFlight(),
                   .limit = peer.limit(),
                   .warmth = peer.Warmth(now)};
    if (!out.holder.empty() && peer.name() == out.holder) {
      one.score.affinity = ask.preference.affinity_bonus;
    }
    out.candidates.push_back(one);
  }
  return out;
}

}  // namespace herald::routing
