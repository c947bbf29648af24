// SPDX-License-Identifier: Apache-2.0
//
// What takes requests to a peer: a QUIC link, or its fall-back over TCP.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/time.h"
#include "core/http/exchange.h"
#include "discovery/endpoint.h"

namespace herald::transport {

class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual bool CanOpen() const = 0;
  // REQUIRES: CanOpen().
  virtual std::unique_ptr<http::Stream> Open(const http::RequestHead& head,
                                             bool end,
                                             http::StreamEvents* events) = 0;
  virtual size_t open_streams() const = 0;
};

// The fall-back to a peer whose UDP does not arrive: HTTP/2 over mutual TLS on
// the same port number of TCP. Begins to connect when it is made.
class FallBack : public Carrier {
 public:
  // Takes nothing new and ends when the open exchanges have.
  virtual void Drain() = 0;
  // Each second: a peer that is trusted no more is cut off.
  virtual void Review(WallTime) {}
};

// Told at the end of a turn; never from inside a call to the fall-back.
class FallBackEvents {
 public:
  virtual ~FallBackEvents() = default;
  // The peer's identity is proven, and it takes requests.
  virtual void OnFallBackReady(FallBack& which) = 0;
  // CanOpen() may have changed.
  virtual void OnFallBackSettled(FallBack& which) = 0;
  // Its exchanges have been told. It may be destroyed inside.
  virtual void OnFallBackOver(FallBack& which, const std::string& why) = 0;
};

// Null where there is none by that way.
using FallBackMaker = std::function<std::unique_ptr<FallBack>(
    const discovery::Endpoint&, FallBackEvents&)>;

}  // namespace herald::transport
