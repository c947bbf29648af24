// SPDX-License-Identifier: Apache-2.0
//
// One connection to an agent of our own. It closes itself when it has been
// idle for a while.
#pragma once

#include <memory>

#include "core/http/codecs.h"
#include "sidecar/listener/wire.h"

namespace herald::listener {

// Owned by its pool; borrows all it is given.
class AgentLink final : public WireEvents {
 public:
  // Below the 5 s after which Node's and uvicorn's servers close an idle
  // connection: who closes first does not lose requests.
  static constexpr Duration kIdle = std::chrono::seconds(4);

  class Events {
   public:
    virtual ~Events() = default;
    // At the end of a turn: it may have become ready for another request.
    virtual void OnLinkSettled() = 0;
    // The last event. REQUIRES: the link is destroyed inside.
    virtual void OnLinkClosed(AgentLink* link) = 0;
  };

  AgentLink(net::AsioLoop& loop, net::UniqueFd fd, http::Protocol protocol,
            const http::Limits& limits, Events& events);
  ~AgentLink() override;

  // True when it can take a request now and has not died unseen.
  bool IsReady() const;
  bool has_served() const { return has_served_; }

  // REQUIRES: IsReady().
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);

  // Closes when its open requests are over.
  void Drain() { wire_.Drain(); }

 private:
  void OnWireSettled() override;
  void OnWireClosed() override;
  void OnTimer();

  net::AsioLoop& loop_;
  Events& events_;
  Wire wire_;
  http::ClientCodec* codec_;  // the wire's, as long as that is open
  bool has_served_ = false;
  bool busy_ = false;
  Time idle_since_;
  TimerId timer_ = 0;
};

}  // namespace herald::listener
