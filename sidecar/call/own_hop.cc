// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/own_hop.h"

#include <utility>

#include "core/http/pipe.h"

namespace herald::call {

OwnHop::OwnHop(EventLoop& loop, CallHandler& inbound, std::string identity)
    : loop_(loop),
      inbound_(inbound),
      origin_{.identity = std::move(identity), .own_agent = true} {}

std::unique_ptr<http::Stream> OwnHop::Open(policy::Permit, const Target&,
                                           const http::RequestHead& head,
                                           bool end,
                                           http::StreamEvents* events) {
  http::PipeEnds ends = http::MakePipe(loop_, events, end);
  inbound_.OnCall(origin_, head, std::move(ends.server), end);
  return std::move(ends.client);
}

}  // namespace herald::call
