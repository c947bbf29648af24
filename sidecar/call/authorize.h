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
#include "sidecar/call/node_views.h"

namespace herald::call {

// The nodes that data to a peer passes: the networks of its way and its relay
// where it has one (opaque: the connection is end to end), then the peer.
// Points into the endpoints.
using PathNodes = absl::InlinedVector<policy::Node, 3>;
PathNodes PathTo(const discovery::Endpoint& peer,
                 const discovery::Snapshot& snapshot);

struct Judged {
  discovery::EndpointPtr peer;
  policy::Decision decision;
};

struct Authorization {
  std::vector<discovery::EndpointPtr> allowed;
  std::vector<discovery::EndpointPtr> denied;
};

// What earlier attempts ruled out: a peer's name stands for all its ways, its
// Label() for one.
bool IsTried(const discovery::Endpoint& peer,
             std::span<const std::string> tried);

// The verdict on every member of `peers` that is not `tried`, by the program of
// `views`.
Authorization Authorize(NodeViews& views, const CallFacts& call,
                        std::span<const discovery::EndpointPtr> peers,
                        const discovery::Snapshot& snapshot,
                        std::span<const std::string> tried);

// The whole decision on one peer: of the one that is chosen, with its Permit;
// or of those denied, when nobody is allowed and the caller is told why.
Judged JudgeOne(const policy::Program& program, const CallFacts& call,
                const discovery::EndpointPtr& peer,
                const discovery::Snapshot& snapshot);

}  // namespace herald::call
