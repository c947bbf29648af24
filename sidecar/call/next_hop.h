// SPDX-License-Identifier: Apache-2.0
//
// Where a permitted call goes next. Defined here, on the call's floor, and
// implemented by the adapters above: the QUIC peer pool (towards another
// sidecar) and the local-agent forwarder (towards our own agent); and by
// own_hop.h. Thus one pipeline serves both directions, and the simulator
// replaces sockets without touching it. Opening demands a Permit, which only
// policy/ can mint.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/http/exchange.h"
#include "discovery/endpoint.h"
#include "policy/decision.h"
#include "sidecar/routing/signals.h"

namespace herald::call {

struct Target {
  discovery::EndpointPtr peer;  // null: straight to an agent of our own
  std::string agent;
};

class NextHop {
 public:
  virtual ~NextHop() = default;

  // Opens an exchange. Connects first where it must; the request waits for
  // that (body bytes given meanwhile are held, within the window the relay
  // already grants). What cannot be sent ends in OnReset(kNotSent), never
  // before this call has returned. `events` must outlive the stream.
  virtual std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                             const Target& target,
                                             const http::RequestHead& head,
                                             bool end,
                                             http::StreamEvents* events) = 0;

  // Asks how busy that peer is, where that is cheap (a warm connection, not
  // asked just now); the answer comes by PeerEvents. No agent's data.
  virtual void ProbeSoon(const discovery::Endpoint&) {}
};

// What the peer pool learns of peers, by way, told to whoever keeps the routing
// state. Calls come from inside the loop, never from inside a call to
// the pool.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;
  virtual void OnLink(const discovery::Endpoint& peer, routing::Link link) = 0;
  virtual void OnRtt(const discovery::Endpoint& peer, Duration smoothed,
                     Duration variation) = 0;
  // The answer to a probe (by datagram or `HEAD /.herald/load`; every second to
  // peers in use, and after ProbeSoon) or to the greeting (`GET
  // /.herald/agents`, once a connection).
  virtual void OnProbe(const discovery::Endpoint& peer,
                       const http::ResponseHead& head,
                       const std::string& body) = 0;
};

}  // namespace herald::call
