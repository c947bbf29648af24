// SPDX-License-Identifier: Apache-2.0
//
// One connection of a client of ours: an agent, or whoever asks the admin
// page. It knows where its requests come from and hands them on; all else is
// the wire's and the codec's.
#pragma once

#include <memory>

#include "core/base/address.h"
#include "core/http/exchange.h"
#include "core/net/wire.h"
#include "sidecar/call/origin.h"

namespace herald::listener {

// Owned by the acceptor; borrows all it is given.
class Connection final : public http::RequestHandler, public net::WireEvents {
 public:
  class Events {
   public:
    virtual ~Events() = default;
    // Its last exchange is over, for now.
    virtual void OnResting() = 0;
    // The last event. REQUIRES: the connection is destroyed inside.
    virtual void OnClosed(uint64_t id) = 0;
  };

  struct Client {
    uint64_t id;  // among those of the owner
    std::unique_ptr<net::ByteStream> stream;
    Address remote;
    std::optional<std::string> listener_agent;
  };

  Connection(net::AsioLoop& loop, Client client, const http::Limits& limits,
             call::CallHandler& handler, Events& events);

  // Finishes what is open, takes nothing new, closes.
  void Drain() { wire_.Drain(); }
  // True when nobody would miss it: no exchange, and no byte of the next.
  bool CanGo() const { return wire_.resting() && wire_.Quiet(); }
  // When something happened last.
  Time used() const { return used_; }

 private:
  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool end) override;
  void OnWireSettled() override;
  void OnWireClosed() override { events_.OnClosed(id_); }

  net::AsioLoop& loop_;
  const uint64_t id_;
  call::CallHandler& handler_;
  Events& events_;
  call::Origin origin_;
  net::Wire wire_;
  Time used_;
  bool resting_ = true;
};

}  // namespace herald::listener
