// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/connection.h"

#include <utility>

#include "sidecar/listener/detecting_codec.h"

namespace herald::listener {

Connection::Connection(net::AsioLoop& loop, Client client,
                       const http::Limits& limits, call::CallHandler& handler,
                       Events& events)
    : loop_(loop),
      id_(client.id),
      handler_(handler),
      events_(events),
      wire_(loop, net::Wire::Role::kServer, std::move(client.stream), this),
      used_(loop.Now()) {
  origin_.remote = client.remote;
  origin_.listener_agent = std::move(client.listener_agent);
  if (auto found = wire_.peer_credentials()) {
    origin_.credentials =
        call::PeerCredentials{found->pid, found->uid, found->gid};
  }
  wire_.Start(std::make_unique<DetectingCodec>(limits, *this, wire_));
}

void Connection::OnRequest(http::RequestHead head,
                           std::unique_ptr<http::Stream> stream, bool end) {
  handler_.OnCall(origin_, std::move(head), std::move(stream), end);
}

void Connection::OnWireSettled() {
  used_ = loop_.Now();
  const bool rested = std::exchange(resting_, wire_.resting());
  if (resting_ && !rested) events_.OnResting();
}

}  // namespace herald::listener
