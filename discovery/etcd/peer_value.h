// SPDX-License-Identifier: Apache-2.0
//
// The value under a peer's key: an entry of the peers file as JSON, without its
// name, which is the key's. Text in, endpoints or the first problem out.
#pragma once

#include <string>
#include <vector>

#include "discovery/endpoint.h"

namespace herald::etcd {

// A sidecar's own word is shorter by far.
inline constexpr size_t kMaxValue = 64 << 10;

struct PeerValue {
  std::vector<discovery::EndpointPtr> ways;  // empty where there is a fault
  std::string fault;                         // for people, with its place
};

PeerValue ReadPeerValue(const std::string& name, const std::string& text);

}  // namespace herald::etcd
