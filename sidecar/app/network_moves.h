// SPDX-License-Identifier: Apache-2.0
//
// When this machine joins another network, the kernel lets datagrams leave by
// the new address, and a peer follows with the first that it gets (RFC 9000
// §9). So that this happens at once, instead of when a peer's silence would be
// taken for its death, every connected peer is sent one. Where the operator
// bound a way to an address of ours, it stays there.
//
// Not by a migration to a new socket: our datagrams have mostly left by the new
// address before we know of it, and ngtcp2 (1.24) ends a connection that
// migrates while such a rebinding is still being validated
// (CONNECTION_ID_LIMIT).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/address_watch.h"
#include "core/net/asio_loop.h"
#include "discovery/snapshot.h"

namespace herald::app {

// Owned by the app; all it is given outlives it. One thread.
class NetworkMoves {
 public:
  struct Parts {
    net::AsioLoop& loop;
    Log& log;
    Metrics& metrics;
    std::function<discovery::SnapshotPtr()> snapshot;
    std::function<void()> show_peers;  // sends each something
  };
  explicit NetworkMoves(const Parts& parts);

  // The peers are others now. Only looks where they are.
  void OnSnapshot();

 private:
  // True when the way to some peer leaves from another address than before.
  bool Look();
  void OnChange();

  const Parts parts_;
  Counter& moves_;
  std::vector<discovery::EndpointPtr> looked_at_;
  std::map<std::string, Address> sources_;  // by the peer's address
  std::unique_ptr<net::AddressWatch> watch_;
};

}  // namespace herald::app
