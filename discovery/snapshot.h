// SPDX-License-Identifier: Apache-2.0
//
// Everything discovery knows at one moment, immutable: agent name to the peers
// that serve it. A call holds the snapshot it began with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/endpoint.h"

namespace herald::discovery {

class Snapshot {
 public:
  Snapshot() = default;
  Snapshot(uint64_t version, std::vector<EndpointPtr> peers);

  uint64_t version() const { return version_; }
  const std::vector<EndpointPtr>& peers() const { return peers_; }

  // The peers that serve `agent`, in order of name, each by all its ways; empty
  // when nobody does.
  std::span<const EndpointPtr> Serving(std::string_view agent) const;
  // All ways to the peer of that name; empty when there is no such peer.
  std::span<const EndpointPtr> WaysTo(std::string_view name) const;
  // The first of them, for what is the same by all; or null.
  const EndpointPtr* FindPeer(std::string_view name) const;

  std::vector<std::string> AgentNames() const;  // sorted

 private:
  uint64_t version_ = 0;
  std::vector<EndpointPtr> peers_;
  std::map<std::string, std::vector<EndpointPtr>, std::less<>> by_agent_;
  struct Range {
    size_t begin = 0;  // into peers_
    size_t count = 0;
  };
  std::map<std::string, Range, std::less<>> by_name_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace herald::discovery
