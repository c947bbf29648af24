// SPDX-License-Identifier: Apache-2.0
//
// The ways to a peer as the peers file writes them: one `address`, or a list
// of `ways` each with its own.
#pragma once

#include <vector>

#include "core/yaml/map_reader.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

// More are a mistake: each costs a connection.
inline constexpr size_t kMaxWays = 8;

struct Way {
  Endpoint endpoint;  // the peer by this way
  Position at;        // of its address
};

// `peer` is what all ways share; empty after problems were reported.
std::vector<Way> ReadWays(yaml::MapReader& map, const Endpoint& peer);

}  // namespace herald::discovery
