// SPDX-License-Identifier: Apache-2.0
//
// The sockets of ways that leave by an address, an interface or a mark of their
// own: one for each such binding, made when a way first needs it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/asio_loop.h"
#include "core/net/udp.h"
#include "discovery/endpoint.h"
#include "sidecar/transport/udp_endpoint.h"

namespace herald::app {

// Owned by the app; all it is given outlives it. One thread.
class BoundSockets {
 public:
  // `any` is what a binding without an address of ours is bound to.
  BoundSockets(net::AsioLoop& loop, Metrics& metrics, Log& log,
               const Address& any)
      : loop_(loop), metrics_(metrics), log_(log), any_(any) {}
  ~BoundSockets();
  BoundSockets(const BoundSockets&) = delete;
  BoundSockets& operator=(const BoundSockets&) = delete;

  // Null where this machine cannot leave so, after the log said why: the
  // address may come later, so it is tried again with the next connection.
  transport::UdpEndpoint* For(const discovery::Binding& binding);

 private:
  struct Bound {
    std::unique_ptr<net::UdpSocket> socket;
    std::unique_ptr<transport::UdpEndpoint> endpoint;
  };

  net::AsioLoop& loop_;
  Metrics& metrics_;
  Log& log_;
  const Address any_;
  std::map<std::string, Bound> bound_;
};

}  // namespace herald::app
