// SPDX-License-Identifier: Apache-2.0
//
// A peer as sidecars write it: what peer_entry.h reads, as JSON. For the Agent
// object and the etcd value that a sidecar publishes of itself.
#pragma once

#include "core/base/site.h"
#include "core/json/json.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

// A fact that is unknown is left out.
json::Object RenderSite(const Site& site);

json::Object RenderAgent(const AgentInfo& agent);

// Address, identity, site, agents and via of a peer with one way; without its
// name.
json::Object RenderPeerEntry(const Endpoint& peer);

}  // namespace herald::discovery
