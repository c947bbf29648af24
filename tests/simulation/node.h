// SPDX-License-Identifier: Apache-2.0
//
// A sidecar without an operating system: the real call, routing, policy and
// transport code, put together as sidecar/app puts them together, on a
// simulated network and clock; its agent and that agent's own calls on the
// other side.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/net/tls.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/outbound.h"
#include "sidecar/transport/inbound_drain.h"
#include "sidecar/transport/peer_pool.h"
#include "sidecar/transport/server.h"
#include "sidecar/transport/udp_endpoint.h"
#include "tests/simulation/agent.h"
#include "tests/simulation/client.h"
#include "tests/simulation/decisions.h"
#include "tests/support/fake_network.h"

namespace herald::simulation {

// Who a node is, the same after each restart.
struct NodeSpec {
  std::string name;     // "node-2"
  std::string host;     // "10.0.0.2"
  std::string country;  // "DE"
  Tier tier = Tier::kCloud;
  std::string agent;
  size_t warm_peers = 0;
  net::IdentityPtr identity;

  std::string server_address() const { return host + ":15443"; }
  std::string client_address() const { return host + ":20000"; }
  Site site() const;
  discovery::AgentInfo info() const;
  discovery::EndpointPtr endpoint() const;
};

struct NodeParts {
  EventLoop& loop;
  test::FakeNetwork& network;
  Journal& journal;
  const std::vector<CallPlan>& plans;
  Log& log;
  Plant plant;
};

// A planted fault: takes the keys off requests on their way to the callee's
// sidecar, which goes on saying that it remembers them.
class KeyThief final : public call::CallHandler {
 public:
  explicit KeyThief(call::CallHandler& inner) : inner_(inner) {}
  void OnCall(const call::Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override {
    head.headers.Remove("idempotency-key");
    inner_.OnCall(origin, std::move(head), std::move(stream), end);
  }

 private:
  call::CallHandler& inner_;
};

// Owned by the world; all it is given outlives it. One thread.
class Node {
 public:
  Node(const NodeParts& parts, const NodeSpec& spec, uint64_t seed,
       discovery::SnapshotPtr snapshot,
       std::shared_ptr<const policy::Program> program);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const NodeSpec& spec() const { return spec_; }
  Agent& agent() { return agent_; }
  void SetProgram(std::shared_ptr<const policy::Program> program) {
    program_ = std::move(program);
  }

  void Call(CallEntry& entry, const CallPlan& plan);

  // Takes no new calls of peers; its own go on until they have ended.
  void Drain();
  bool draining() const { return drain_.begun(); }
  // Since when it takes no calls of peers.
  std::optional<Time> shut_since() const { return drain_.shut_since(); }
  bool idle() const { return outbound_.open() + inbound_.open() == 0; }

  bool quiet() const {
    return idle() && pool_.open_streams() == 0 && inbound_.keyed_running() == 0;
  }
  void WriteLeftovers(Journal& journal) const;

 private:
  call::Environment MakeEnvironment();
  call::CallHandler& CalledBy(Plant plant);

  const NodeParts parts_;
  const NodeSpec spec_;
  Random random_;
  Metrics metrics_;
  std::unique_ptr<net::TlsContext> server_tls_;
  std::unique_ptr<net::TlsContext> client_tls_;
  discovery::SnapshotPtr snapshot_;
  std::shared_ptr<const policy::Program> program_;
  JournalDecisions decisions_{parts_.journal};
  routing::LoadMeter load_;
  call::Handles handles_;
  uint64_t secrets_ = 0;
  call::PeerBook peers_;
  std::unique_ptr<test::FakeSocket> server_socket_;
  std::unique_ptr<test::FakeSocket> client_socket_;
  transport::UdpEndpoint server_endpoint_;
  transport::UdpEndpoint client_endpoint_;
  transport::PeerPool pool_;
  Agent agent_;
  call::Environment environment_;
  call::InboundCalls inbound_;
  call::OutboundCalls outbound_;
  KeyThief thief_{inbound_};
  transport::Server server_;
  transport::InboundDrain drain_;
  std::list<std::unique_ptr<Client>> clients_;
};

}  // namespace herald::simulation
