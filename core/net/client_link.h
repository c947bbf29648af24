// SPDX-License-Identifier: Apache-2.0
//
// One connection of ours as a client, to an agent of our own or to a server
// of the web. It closes itself when it has been idle for a while.
#pragma once

#include <memory>
#include <string>

#include "core/http/codecs.h"
#include "core/net/wire.h"

namespace herald::net {

// Owned by its pool; borrows all it is given.
class ClientLink final : public WireEvents {
 public:
  class Events {
   public:
    virtual ~Events() = default;
    // At the end of a turn: it may have become ready for another request.
    virtual void OnLinkSettled() = 0;
    // The last event. REQUIRES: the link is destroyed inside.
    virtual void OnLinkClosed(ClientLink* link) = 0;
  };

  struct Setup {
    AsioLoop& loop;
    std::unique_ptr<ByteStream> stream;
    http::Protocol protocol;
    http::Limits limits;
    Duration idle;  // after which it closes
    // Where given, a silent server is asked for a sign of life (HTTP/2).
    http::PeerWatch watch = {};
  };
  ClientLink(Setup setup, Events& events);
  ~ClientLink() override;

  // True when it can take a request now and has not died unseen.
  bool IsReady() const;
  bool has_served() const { return has_served_; }
  // Why its stream broke; empty where it did not.
  const std::string& why() const { return wire_.why(); }

  // REQUIRES: IsReady().
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);

  // Closes when its open requests are over.
  void Drain() { wire_.Drain(); }

 private:
  void OnWireSettled() override;
  void OnWireClosed() override;
  void OnTimer();

  AsioLoop& loop_;
  Events& events_;
  const Duration idle_;
  Wire wire_;
  http::ClientCodec* codec_;  // the wire's, as long as that is open
  bool has_served_ = false;
  bool busy_ = false;
  Time idle_since_;
  TimerId timer_ = 0;
};

}  // namespace herald::net
