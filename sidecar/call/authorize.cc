// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/authorize.h"

#include <algorithm>
#include <utility>

#include "policy/evaluate.h"
#include "policy/inquiry.h"

namespace herald::call {
namespace {

// A relay that discovery does not know: every fact of it is unknown.
const Site kUnknownSite;

using ViewedNodes = absl::InlinedVector<policy::ViewedNode, 3>;

// As PathTo.
ViewedNodes ViewsTo(const discovery::EndpointPtr& peer,
                    const discovery::Snapshot& snapshot, NodeViews& views) {
  ViewedNodes nodes;
  for (size_t i = 0; i < peer->transit.size(); ++i) {
    nodes.push_back({.relay = true,
                     .terminates = false,
                     .view = &views.OfTransit(peer, i)});
  }
  if (!peer->via.empty()) {
    const discovery::EndpointPtr* relay = snapshot.FindPeer(peer->via);
    nodes.push_back({.relay = true,
                     .terminates = false,
                     .view = relay ? &views.Of(*relay) : &views.Unknown()});
  }
  nodes.push_back({.view = &views.Of(peer)});
  return nodes;
}

}  // namespace

PathNodes PathTo(const discovery::Endpoint& peer,
                 const discovery::Snapshot& snapshot) {
  PathNodes nodes;
  for (const Site& network : peer.transit) {
    nodes.push_back({.relay = true, .terminates = false, .site = &network});
  }
  if (!peer.via.empty()) {
    const discovery::EndpointPtr* relay = snapshot.FindPeer(peer.via);
    nodes.push_back({.relay = true,
                     .terminates = false,
                     .site = relay ? &*(*relay)->site : &kUnknownSite});
  }
  nodes.push_back({.relay = false, .terminates = true, .site = &*peer.site});
  return nodes;
}

bool IsTried(const discovery::Endpoint& peer,
             std::span<const std::string> tried) {
  return std::any_of(tried.begin(), tried.end(), [&](const std::string& one) {
    return one == peer.name || (!peer.way.empty() && one == peer.Label());
  });
}

Authorization Authorize(NodeViews& views, const CallFacts& call,
                        std::span<const discovery::EndpointPtr> peers,
                        const discovery::Snapshot& snapshot,
                        std::span<const std::string> tried) {
  Authorization out;
  policy::Call question = call.ToQuestion();
  policy::Inquiry inquiry(views.program(), question);
  for (const discovery::EndpointPtr& peer : peers) {
    if (IsTried(*peer, tried)) continue;
    ViewedNodes nodes = ViewsTo(peer, snapshot, views);
    bool permitted = inquiry.Ask({nodes, peer->site->country}).permitted();
    (permitted ? out.allowed : out.denied).push_back(peer);
  }
  return out;
}

Judged JudgeOne(const policy::Program& program, const CallFacts& call,
                const discovery::EndpointPtr& peer,
                const discovery::Snapshot& snapshot) {
  PathNodes nodes = PathTo(*peer, snapshot);
  policy::Path path{.nodes = nodes, .keys_held_in = peer->site->country};
  return {peer, policy::Evaluate(program, call.ToQuestion(), path)};
}

}  // namespace herald::call
