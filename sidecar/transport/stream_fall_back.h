// SPDX-License-Identifier: Apache-2.0
//
// The fall-back to one peer, over real sockets.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/net/asio_loop.h"
#include "core/net/dial.h"
#include "core/net/tls.h"
#include "sidecar/transport/carrier.h"
#include "sidecar/transport/stream_link.h"

namespace herald::transport {

// Borrows all it is given.
class StreamFallBack final : public FallBack, public StreamLinkEvents {
 public:
  // REQUIRES: the peer has an identity.
  StreamFallBack(net::AsioLoop& loop, const net::TlsContext& tls,
                 const discovery::Endpoint& peer, FallBackEvents& events);

  bool CanOpen() const override { return link_ && link_->CanOpen(); }
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override {
    return link_->Open(head, end, events);
  }
  size_t open_streams() const override {
    return link_ ? link_->open_streams() : 0;
  }
  void Drain() override;
  void Review(WallTime now) override {
    if (link_) link_->Review(tls_, now);
  }

 private:
  void OnDialled(StatusOr<net::UniqueFd> fd);
  void OnStreamReady(StreamLink&) override { events_.OnFallBackReady(*this); }
  void OnStreamSettled(StreamLink&) override {
    events_.OnFallBackSettled(*this);
  }
  void OnStreamOver(StreamLink& link) override {
    // A copy: the link may go while it is told.
    events_.OnFallBackOver(*this, std::string(link.why()));
  }

  net::AsioLoop& loop_;
  const net::TlsContext& tls_;
  const std::string identity_;
  FallBackEvents& events_;
  std::unique_ptr<net::Dial> dial_;
  std::unique_ptr<StreamLink> link_;
};

// They leave as the way's datagrams do: what the operator wrote of a way's
// address, interface and DSCP holds for both.
FallBackMaker FallBackOver(net::AsioLoop& loop, const net::TlsContext& tls);

}  // namespace herald::transport
