// SPDX-License-Identifier: Apache-2.0
//
// Everything discovery knows at one moment, immutable: agent name to the peers
// that serve it. A call holds the snapshot it began with. The next one shares
// with it all that did not change, so that one change among a hundred thousand
// peers costs microseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/endpoint.h"
#include "discovery/roll.h"

namespace herald::discovery {

struct NameOfPeer {
  std::string_view operator()(const EndpointPtr& peer) const {
    return peer->name;
  }
};
// Peers in order of name, the ways to one of them in order of theirs.
using PeerRoll = Roll<EndpointPtr, NameOfPeer>;

// All ways to one peer, as they are from now on; none: it is gone.
struct PeerChange {
  std::string name;
  std::vector<EndpointPtr> ways;  // in order of way
};

class Snapshot {
 public:
  Snapshot() = default;
  Snapshot(uint64_t version, std::vector<EndpointPtr> peers);

  uint64_t version() const { return version_; }
  const PeerRoll& peers() const { return peers_; }

  // The peers that serve `agent`, in order of name, each by all its ways; empty
  // when nobody does.
  std::span<const EndpointPtr> Serving(std::string_view agent) const;
  // All ways to the peer of that name; empty when there is no such peer.
  std::span<const EndpointPtr> WaysTo(std::string_view name) const {
    return peers_.Find(name);
  }
  // The first of them, for what is the same by all; or null.
  const EndpointPtr* FindPeer(std::string_view name) const;

  std::vector<std::string> AgentNames() const;  // sorted

  // The next version. Costs what changes, and the length of the lists of those
  // who serve the same agents. REQUIRES: `changes` in order of name, each once.
  std::shared_ptr<const Snapshot> With(
      std::span<const PeerChange> changes) const;

 private:
  using Peers = std::vector<EndpointPtr>;
  struct Served {
    std::string_view agent;  // as the first of `by` says it
    std::shared_ptr<const Peers> by;
  };
  struct NameOfAgent {
    std::string_view operator()(const Served& served) const {
      return served.agent;
    }
  };

  void SetServing(std::string_view agent, Peers by);

  uint64_t version_ = 0;
  PeerRoll peers_;
  Roll<Served, NameOfAgent> by_agent_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Puts peers in the order of a snapshot: by name, then by way.
void SortPeers(std::vector<EndpointPtr>& peers);

}  // namespace herald::discovery
