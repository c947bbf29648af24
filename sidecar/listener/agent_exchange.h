// SPDX-License-Identifier: Apache-2.0
//
// One request on its way to an agent of our own, from before there is a
// connection for it until it is over. While it waits, it holds what it is
// given; once it has a connection, it passes everything through.
//
//             a connection is ready          reset, or both halves over
//   waiting ------------------------> sent -----------------------------> over
//      ^                               |
//      +-------------------------------+
//        the connection had served before and died before any answer, and
//        the request may be sent twice: once, on a fresh connection
//
// Why that arc: an agent closes idle connections when it likes, and a request
// can cross that close on the wire. Only a request without a body and with a
// safe method (RFC 9110 §9.2.1) goes again; for others the outcome is unknown,
// and the caller is told so.
#pragma once

#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/http/exchange.h"
#include "core/net/client_link.h"

namespace herald::listener {

class AgentExchange;

// What an exchange tells the pool it waits in.
class ExchangeQueue {
 public:
  virtual ~ExchangeQueue() = default;
  // It does not wait any more.
  virtual void Forget(AgentExchange* exchange) = 0;
  // It waits again, before all others. False when it cannot.
  virtual bool Requeue(AgentExchange* exchange) = 0;
};

// Belongs to whoever called; the queue knows it while it waits.
class AgentExchange final : public http::Stream, public http::StreamEvents {
 public:
  AgentExchange(ExchangeQueue* queue, const http::RequestHead& head, bool end,
                http::StreamEvents* events);
  ~AgentExchange() override;

  // For the pool: waiting -> sent.
  void SendOn(net::ClientLink& link);
  // For the pool: waiting -> over. The exchange may be gone afterwards.
  void Fail(http::Reset reason);
  // The same, but once the running function has returned.
  void FailLater(EventLoop& loop, http::Reset reason);

  // http::Stream.
  void SendResponse(const http::ResponseHead& head, bool end) override;
  void SendData(std::string_view data, bool end) override;
  void SendTrailers(const http::Headers& trailers) override;
  void Cancel(http::Reset reason) override;
  void Consume(size_t n) override;
  void SetEvents(http::StreamEvents*) override {}

 private:
  // http::StreamEvents, from the connection.
  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers trailers) override;
  void OnSent(size_t n) override;
  void OnReset(http::Reset reason) override;

  bool MayGoAgain(http::Reset reason) const;

  ExchangeQueue* queue_;  // null when it never waits again
  http::RequestHead head_;
  const bool bodiless_;
  http::StreamEvents* events_;

  std::unique_ptr<http::Stream> stream_;  // null while waiting and when over
  bool over_ = false;
  bool on_reused_ = false;  // the connection had served before
  bool answered_ = false;
  bool went_again_ = false;

  // Given while waiting.
  std::string held_;
  bool held_end_ = false;
  std::unique_ptr<http::Headers> held_trailers_;

  std::shared_ptr<AgentExchange*> self_;  // made by FailLater
};

}  // namespace herald::listener
