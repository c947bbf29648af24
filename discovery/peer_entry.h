// SPDX-License-Identifier: Apache-2.0
//
// One peer as users and sidecars write it: an entry of the peers file, and the
// `spec` of an Agent object, which is the same word for word but for its name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/yaml/map_reader.h"
#include "discovery/endpoint.h"
#include "discovery/ways.h"

namespace herald::discovery {

struct PeerEntry {
  Endpoint peer;          // what all its ways share
  std::vector<Way> ways;  // empty after problems were reported
  std::optional<Position> via_at;
};

// Reads everything but `name`, which is the peer's.
PeerEntry ReadPeerEntry(yaml::MapReader& map, const std::string& name);

}  // namespace herald::discovery
