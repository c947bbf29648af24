// SPDX-License-Identifier: Apache-2.0
//
// From one of our own agents to another one of ours. There is no wire on the
// way, and all the rest of it: the call enters as a peer's does, so it is
// judged, admitted, de-duplicated and recorded at the callee's side too.
#pragma once

#include "core/base/event_loop.h"
#include "sidecar/call/next_hop.h"
#include "sidecar/call/origin.h"

namespace herald::call {

// `loop` and `inbound`, which takes the calls of peers, outlive it.
class OwnHop final : public NextHop {
 public:
  OwnHop(EventLoop& loop, CallHandler& inbound, std::string identity);

  std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                     const Target& target,
                                     const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override;

 private:
  EventLoop& loop_;
  CallHandler& inbound_;
  const Origin origin_;
};

}  // namespace herald::call
