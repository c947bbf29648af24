// SPDX-License-Identifier: Apache-2.0
//
// Which peer takes this call. The answer is a function of what was measured,
// of `now` and of the random numbers handed in; no I/O, no clock. The
// candidates are those that policy allowed: routing reorders them and never
// adds one.
//
//   predicted time to first byte  L = R + k_J*J + S(q) + f*P_fail
//   score                         C = L + handicap[tier]
//
// then two at random among those within 1.10*min C + 3 ms, the less loaded one
// wins (routing.md A.3: a plain minimum herds on stale data).
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
#include "sidecar/routing/peer_state.h"
#include "sidecar/routing/score.h"

namespace herald::routing {

// Owner of all peer states. One thread.
class Balancer {
 public:
  // The state of the peer of that name, made when first asked for. Stays valid
  // until Retain drops it.
  PeerState& Peer(std::string_view name);

  // Forgets peers that are not in `snapshot` and have no calls in flight.
  void Retain(const discovery::Snapshot& snapshot);

  // Nullopt when no candidate is usable (all down, or draining, or in
  // back-off). Allocates nothing for up to 64.
  std::optional<Choice> Pick(std::span<const Candidate> candidates,
                             const Ask& ask, Time now, Random& random);

  // The terms of one candidate's score, for /peers and explanations.
  Score ScoreOf(const Candidate& candidate, const Preference& preference,
                Time now) const;

 private:
  std::map<std::string, std::unique_ptr<PeerState>, std::less<>> peers_;
};

}  // namespace herald::routing
