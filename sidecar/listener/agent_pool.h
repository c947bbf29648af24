// SPDX-License-Identifier: Apache-2.0
//
// The connections to one agent of our own, and the requests that wait for
// one. HTTP/1.1 carries one request a connection, so there are as many
// connections as requests at once, up to a bound; HTTP/2 carries many, so a
// second connection is made only where the first is full.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/http/codecs.h"
#include "core/net/client_link.h"
#include "core/net/dial.h"
#include "sidecar/listener/agent_exchange.h"

namespace herald::listener {

struct LocalAgentOptions {
  std::string name;
  Address address;
  http::Protocol protocol = http::Protocol::kHttp1;
  http::Limits limits;
  // How many requests an agent is to begin at once is found out by the gate
  // before it (sidecar/call/inbound_gate.h). This is for those it has begun to
  // answer: a stream of events holds its connection for as long as it runs.
  size_t connections_max = 1024;
  // Requests that may wait for a connection; further ones are refused.
  size_t waiting_max = 1024;
  // The agent is on this machine: what takes longer is not coming.
  Duration connect_patience = std::chrono::seconds(2);
};

// Owned by LocalAgents; borrows all it is given.
class AgentPool final : public ExchangeQueue, public net::ClientLink::Events {
 public:
  AgentPool(net::AsioLoop& loop, Log& log, Metrics& metrics,
            LocalAgentOptions options);
  ~AgentPool() override;

  const std::string& name() const { return options_.name; }

  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);

 private:
  void Forget(AgentExchange* exchange) override;
  bool Requeue(AgentExchange* exchange) override;
  void OnLinkSettled() override;
  void OnLinkClosed(net::ClientLink* link) override;

  // Gives waiting requests connections, and dials for those that remain.
  void Serve();
  net::ClientLink* FindReady();
  void StartDial();
  void OnDialled(uint64_t id, StatusOr<net::UniqueFd> outcome);
  void FailWaiting();

  struct Attempt {
    uint64_t id;
    std::unique_ptr<net::Dial> dial;
  };

  net::AsioLoop& loop_;
  Log& log_;
  const LocalAgentOptions options_;
  Counter& connected_;
  Counter& failed_;
  std::deque<AgentExchange*> waiting_;
  std::vector<Attempt> attempts_;
  std::vector<std::unique_ptr<net::ClientLink>> links_;
  uint64_t last_attempt_ = 0;
  bool reachable_ = true;  // as far as was seen; so that a change is logged
  bool ending_ = false;
  std::shared_ptr<AgentPool*> self_;  // null in it when we are gone
};

}  // namespace herald::listener
