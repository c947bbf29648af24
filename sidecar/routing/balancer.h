// SPDX-License-Identifier: Apache-2.0
//
// Which peer takes this call. The answer is a function of what was measured
// and remembered, of `now` and of the random numbers handed in; no I/O, no
// clock. The candidates are those that policy allowed: routing reorders them
// and never adds one. The steps are in picking.h, the terms in score.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "discovery/snapshot.h"
#include "sidecar/routing/choice.h"
#include "sidecar/routing/explanation.h"
#include "sidecar/routing/peer_state.h"
#include "sidecar/routing/score.h"

namespace herald::routing {

struct ServiceState;

struct BalancerOptions {
  bool tier_control = true;  // off only to see what it is worth
};

// Owner of all that routing remembers. One thread.
class Balancer {
 public:
  explicit Balancer(BalancerOptions options = {});
  ~Balancer();

  // Who we are (our SPIFFE id): each caller takes its own share of many peers,
  // and its own time to come back to one that failed.
  void SetSelf(std::string_view identity);

  // The state of the peer of that name, made when first asked for. Stays valid
  // until Retain drops it.
  PeerState& Peer(std::string_view name);

  // Forgets peers that are not in `snapshot` and have no calls in flight, and
  // agents that nobody serves.
  void Retain(const discovery::Snapshot& snapshot);
  // The same for the peers of these names alone, which are all that changed.
  // One with calls in flight stays until the next Retain of all.
  void Retain(const discovery::Snapshot& snapshot,
              std::span<const std::string> names);

  // Nullopt when no candidate is usable (all down, or draining, or in
  // back-off), or not the one that must have the call. Allocates nothing, but
  // for an agent, a set of more than 64 candidates or an affinity that is new.
  std::optional<Choice> Pick(std::span<const Candidate> candidates,
                             const Ask& ask, Time now, Random& random);

  // The chosen peer's agent answered: what the call belongs to is there.
  void OnAnswer(std::string_view agent, std::string_view affinity,
                std::string_view peer, Time now);
  // The peer that holds it; empty: none.
  std::string_view HolderOf(const Ask& ask, Time now) const;

  // What Pick would do, and why. Draws nothing and changes nothing.
  Explanation Explain(std::span<const Candidate> candidates, const Ask& ask,
                      Time now);

 private:
  ServiceState& Service(std::string_view agent);
  void RetainServices(const discovery::Snapshot& snapshot);

  const BalancerOptions options_;
  uint64_t self_ = 0;
  uint64_t generation_ = 0;  // of peers_: another one when any was destroyed
  std::map<std::string, std::unique_ptr<PeerState>, std::less<>> peers_;
  std::map<std::string, std::unique_ptr<ServiceState>, std::less<>> services_;
};

}  // namespace herald::routing
