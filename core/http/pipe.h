// SPDX-License-Identifier: Apache-2.0
//
// An HTTP exchange without a wire: two Streams joined in memory. It keeps the
// contract of exchange.h: nothing re-enters, one window a direction is in
// flight, and an end that goes early cancels the other.
#pragma once

#include <memory>

#include "core/base/event_loop.h"
#include "core/http/exchange.h"

namespace herald::http {

struct PipeEnds {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;  // wants SetEvents
};

// `loop` and `client_events` outlive the ends. The request head is handed on
// by whoever makes the pipe; `request_ended` says that no body follows it.
PipeEnds MakePipe(EventLoop& loop, StreamEvents* client_events,
                  bool request_ended);

}  // namespace herald::http
