// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/authorize.h"

#include <algorithm>
#include <utility>

#include "policy/evaluate.h"

namespace herald::call {
namespace {

// A relay that discovery does not know: every fact of it is unknown.
const Site kUnknownSite;

}  // namespace

PathNodes PathTo(const discovery::Endpoint& peer,
                 const discovery::Snapshot& snapshot) {
  PathNodes nodes;
  if (!peer.via.empty()) {
    const discovery::EndpointPtr* relay = snapshot.FindPeer(peer.via);
    nodes.push_back({.relay = true,
                     .terminates = false,
                     .site = relay ? &(*relay)->site : &kUnknownSite});
  }
  nodes.push_back({.relay = false, .terminates = true, .site = &peer.site});
  return nodes;
}

Authorization Authorize(const policy::Program& program, const CallFacts& call,
                        std::span<const discovery::EndpointPtr> peers,
                        const discovery::Snapshot& snapshot,
                        std::span<const std::string> tried) {
  Authorization out;
  policy::Call question = call.ToQuestion();
  for (const discovery::EndpointPtr& peer : peers) {
    if (std::find(tried.begin(), tried.end(), peer->name) != tried.end()) {
      continue;
    }
    PathNodes nodes = PathTo(*peer, snapshot);
    policy::Path path{.nodes = nodes, .keys_held_in = peer->site.country};
    policy::Decision decision = policy::Evaluate(program, question, path);
    auto& side = decision.allowed() ? out.allowed : out.denied;
    side.push_back({peer, std::move(decision)});
  }
  return out;
}

}  // namespace herald::call
