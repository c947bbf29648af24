// SPDX-License-Identifier: Apache-2.0
//
// One request to a server of the web, from before there is a connection for
// it until its answer is whole.
//
//             a connection is ready          answered whole, or lost
//   waiting ------------------------> sent ----------------------------> over
//      ^                               |
//      +-------------------------------+
//        not an event of the answer came, and the request surely had no
//        effect; or its connection had served before and died, and it is one
//        that may be sent twice: at most twice
#pragma once

#include <memory>
#include <string>

#include "core/http/exchange.h"
#include "core/http/web.h"
#include "core/net/client_link.h"
#include "core/net/web_target.h"

namespace herald::net {

class WebExchange;

// What an exchange tells the client it waits in.
class WebQueue {
 public:
  virtual ~WebQueue() = default;
  // It does not wait any more.
  virtual void Forget(WebExchange* exchange) = 0;
  // It waits again, before all others. False when it cannot.
  virtual bool Requeue(WebExchange* exchange) = 0;
  // What this server does says: better ask another one from now on.
  virtual void Distrust(const WebTarget& target) = 0;
};

// Belongs to whoever asked; the queue knows it while it waits.
class WebExchange final : public http::WebCall, private http::StreamEvents {
 public:
  WebExchange(WebQueue& queue, http::WebRequest request,
              http::WebEvents& events);
  ~WebExchange() override;

  // For the queue: waiting -> sent. `target` outlives the exchange.
  void SendOn(ClientLink& link, const WebTarget& target);
  // For the queue: over. The exchange may be gone afterwards.
  void Finish(const Status& how);

 private:
  // http::StreamEvents.
  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers trailers) override;
  void OnSent(size_t) override {}
  void OnReset(http::Reset reason) override;

  bool MayGoAgain(http::Reset reason) const;
  Status Problem(http::Reset reason) const;

  WebQueue* queue_;  // null when over
  http::WebRequest request_;
  http::WebEvents& events_;
  const WebTarget* target_ = nullptr;  // of the last sending, as is link_
  const ClientLink* link_ = nullptr;   // outlives the stream on it
  std::unique_ptr<http::Stream> stream_;
  bool on_reused_ = false;  // the connection had served before
  bool answered_ = false;
  int resends_ = 0;
  // Null in it when we are gone: events may destroy us.
  std::shared_ptr<WebExchange*> self_;
};

}  // namespace herald::net
