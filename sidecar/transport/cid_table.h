// SPDX-License-Identifier: Apache-2.0
//
// From the connection id a datagram is addressed to, to the link it is for.
#pragma once

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "sidecar/transport/connection_id.h"

namespace herald::transport {

class MeshLink;

// Owned by a UdpEndpoint. Never iterated: its order is not ours.
class CidTable {
 public:
  // False when the id is taken (a client may choose any for its first
  // packet; the first one keeps it).
  bool Add(const ConnectionId& id, MeshLink* link) {
    return links_.try_emplace(id, link).second;
  }
  void Remove(const ConnectionId& id, const MeshLink* link) {
    auto it = links_.find(id);
    if (it != links_.end() && it->second == link) links_.erase(it);
  }
  MeshLink* Find(const ConnectionId& id) const {
    auto it = links_.find(id);
    return it == links_.end() ? nullptr : it->second;
  }
  size_t size() const { return links_.size(); }

 private:
  absl::flat_hash_map<ConnectionId, MeshLink*> links_;
};

}  // namespace herald::transport
