// SPDX-License-Identifier: Apache-2.0
//
// The way to other sidecars: one warm connection a peer, made on demand or
// beforehand, and what is measured on it told to routing. A call costs a
// stream; only the first to a peer, or after a death, costs a handshake.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "discovery/snapshot.h"
#include "sidecar/call/next_hop.h"
#include "sidecar/transport/peer_connection.h"

namespace herald::transport {

// Owned by the app; its parts must outlive it, the endpoint too. Streams may
// outlive it.
class PeerPool final : public call::NextHop {
 public:
  PeerPool(const PoolParts& parts, const PoolOptions& options);
  ~PeerPool() override;

  // NextHop. REQUIRES: target.peer.
  std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                     const call::Target& target,
                                     const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override;

  void ProbeSoon(const discovery::Endpoint& peer) override;

  // Asks every connected peer at once: our address may be another one.
  void ProbeAll();

  // Connects to these and stays connected while they are in the snapshot, so
  // that their distance is known before a call needs it.
  void Warm(std::span<const discovery::EndpointPtr> peers);

  // A new snapshot: connections to peers that are gone, or moved, finish what
  // they have.
  void Retain(const discovery::Snapshot& snapshot);
  // The same where only the peers of these names changed; they are in order.
  void Retain(const discovery::Snapshot& snapshot,
              std::span<const std::string> names);

  // To be called about each second; see Server::Review.
  void Review(WallTime now);

  // Takes nothing new and finishes what is open, everywhere.
  void Drain();

  std::vector<PeerDescription> DescribePeers() const;  // by name
  size_t open_streams() const;
  // Calls to it go by HTTP/2 over TCP, for want of UDP.
  bool IsOverTcp(const discovery::Endpoint& peer) const;

 private:
  // A peer that moves, changes its identity or is to be reached another way is
  // another one.
  using Key = std::string;
  static Key KeyOf(const discovery::Endpoint& peer);
  PeerConnection& Get(const discovery::EndpointPtr& peer);
  PeerConnection& Make(const discovery::EndpointPtr& peer);
  template <typename Concerned>
  void RetainWhere(const discovery::Snapshot& snapshot, Concerned concerned);
  void Sweep();

  const PoolParts parts_;
  const PoolOptions options_;
  std::map<Key, std::unique_ptr<PeerConnection>> peers_;
  // The same by the description that calls hold, which spares them the key.
  // Holding it keeps its address from meaning another one.
  struct Known {
    discovery::EndpointPtr peer;
    PeerConnection* connection;
  };
  absl::flat_hash_map<const discovery::Endpoint*, Known> known_;
  std::vector<std::unique_ptr<PeerConnection>> retired_;
  uint64_t reviews_ = 0;
  bool draining_ = false;
};

}  // namespace herald::transport
