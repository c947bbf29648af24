// SPDX-License-Identifier: Apache-2.0
//
// The hard filter: of all peers that serve an agent, those that policy allows
// for this call's data. Nothing later widens it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "discovery/snapshot.h"
#include "policy/decision.h"
#include "policy/program.h"
#include "sidecar/call/call_facts.h"

namespace herald::call {

// The nodes that data to a peer passes: its relay where it has one (opaque:
// the connection is end to end), then the peer. Points into the endpoints.
using PathNodes = absl::InlinedVector<policy::Node, 2>;
PathNodes PathTo(const discovery::Endpoint& peer,
                 const discovery::Snapshot& snapshot);

struct Judged {
  discovery::EndpointPtr peer;
  policy::Decision decision;
};

struct Authorization {
  std::vector<Judged> allowed;
  std::vector<Judged> denied;
};

// Judges every member of `peers` whose name is not in `tried`.
Authorization Authorize(const policy::Program& program, const CallFacts& call,
                        std::span<const discovery::EndpointPtr> peers,
                        const discovery::Snapshot& snapshot,
                        std::span<const std::string> tried);

}  // namespace herald::call
