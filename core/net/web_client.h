// SPDX-License-Identifier: Apache-2.0
//
// The real side of http::Web: one server, or several that are as good as one
// (the members of an etcd), over TLS or plain, HTTP/2 or HTTP/1.1 as the
// server likes. HTTP/2 carries all requests on one connection, and a second
// one only where the first is full; HTTP/1.1 takes a connection a request and
// keeps idle ones for a while.
//
// It stays with the server that answered last, and goes on to the next when
// that one refuses, is lost, or says 502, 503 or 504. Nothing is repeated but
// what surely had no effect, and, once a kept connection had died unseen,
// requests that may be sent twice (web_exchange.h).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/http/web.h"
#include "core/net/client_link.h"
#include "core/net/web_connect.h"
#include "core/net/web_exchange.h"

namespace herald::net {

struct WebClientOptions {
  std::vector<WebTarget> targets;  // at least one
  // REQUIRES: not null where a target is https. May be given other texts while
  // the client runs: calls from then on use connections of their own.
  const WebTls* tls = nullptr;
  // Expected in the server's certificate in place of the target's host.
  std::string server_name;
  // Plain targets speak HTTP/2 (gRPC over a unix socket).
  bool http2 = false;
  http::Limits limits;
  // To get in at a server; 4 s each where there are several.
  Duration connect_patience = std::chrono::seconds(10);
  // A server that is silent so long while something is asked of it is sent a
  // PING (HTTP/2; HTTP/1.1 has TCP's keep-alive, of the same length).
  http::PeerWatch watch = {.silence = std::chrono::seconds(30)};
  Duration idle = std::chrono::seconds(60);
  size_t connections_max = 64;
};

// Owned by whoever assembles; borrows the loop and outlives its calls. One
// thread.
class WebClient final : public http::Web,
                        public WebQueue,
                        public ClientLink::Events {
 public:
  WebClient(AsioLoop& loop, WebClientOptions options);
  ~WebClient() override;
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  std::unique_ptr<http::WebCall> Start(http::WebRequest request,
                                       http::WebEvents& events) override;

  size_t connections() const { return links_.size(); }

 private:
  struct Open {
    std::unique_ptr<ClientLink> link;
    size_t target;
    uint64_t generation;
    bool leaving = false;  // takes nothing new
    bool drained = false;  // and was told so
  };
  struct Attempt {
    uint64_t id;
    std::unique_ptr<WebConnect> connect;
  };

  // WebQueue.
  void Forget(WebExchange* exchange) override;
  bool Requeue(WebExchange* exchange) override;
  void Distrust(const WebTarget& target) override;
  // ClientLink::Events.
  void OnLinkSettled() override { Serve(); }
  void OnLinkClosed(ClientLink* link) override;

  // Gives waiting requests connections, and connects for those that remain.
  void Serve();
  Open* FindReady();
  void LeaveOldGenerations();
  void StartAttempt();
  void OnConnected(uint64_t id, StatusOr<WebConnected> outcome);
  void FailWaiting(const Status& why);

  AsioLoop& loop_;
  const WebClientOptions options_;
  size_t current_ = 0;       // the target to begin with
  bool multiplexes_ = true;  // as far as was seen
  std::deque<WebExchange*> waiting_;
  std::vector<Attempt> attempts_;
  std::vector<Open> links_;
  uint64_t last_attempt_ = 0;
  bool ending_ = false;
  std::shared_ptr<WebClient*> self_;  // null in it when we are gone
};

}  // namespace herald::net
