// SPDX-License-Identifier: Apache-2.0
//
// A sidecar of the city: the production code of call, routing, policy and the
// values of discovery, without transport, its agent beside it.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "core/base/metrics.h"
#include "core/base/random.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/outbound.h"
#include "tests/simulation/agent.h"
#include "tests/simulation/city/city_mesh.h"
#include "tests/simulation/client.h"
#include "tests/simulation/decisions.h"
#include "tests/simulation/node.h"

namespace herald::simulation {

// Who a node is, the same after each restart.
struct CitizenSpec {
  size_t number = 0;
  std::string name;  // "node-17"
  std::string identity;
  std::string country;
  Tier tier = Tier::kCloud;
  std::string agent;  // "agent-3"

  Site site() const;
  discovery::AgentInfo info() const;
  discovery::EndpointPtr endpoint() const;
};

struct CityParts {
  EventLoop& loop;
  CityMesh& mesh;
  const CityMap& map;
  Journal& journal;
  const std::vector<CallPlan>& plans;
  Plant plant;
  discovery::SnapshotPtr snapshot;
};

// Owned by the city; all it is given outlives it. One thread.
class CityNode {
 public:
  CityNode(const CityParts& parts, const CitizenSpec& spec, uint64_t seed,
           std::shared_ptr<const policy::Program> program);
  ~CityNode();
  CityNode(const CityNode&) = delete;
  CityNode& operator=(const CityNode&) = delete;

  Agent& agent() { return agent_; }
  call::PeerBook& peers() { return peers_; }
  call::InboundCalls& inbound() { return inbound_; }
  void SetProgram(std::shared_ptr<const policy::Program> program) {
    program_ = std::move(program);
  }

  // In the two steps of transport::InboundDrain: says that it drains, and
  // later takes no calls of peers.
  void Drain() { load_.SetDraining(true); }
  void Shut();
  bool draining() const { return load_.draining(); }
  std::optional<Time> shut_since() const { return shut_since_; }

  void Call(CallEntry& entry, const CallPlan& plan);
  bool idle() const { return outbound_.open() + inbound_.open() == 0; }
  // A keyed call whose caller has left is still finished by its agent.
  bool quiet() const { return idle() && inbound_.keyed_running() == 0; }
  void WriteLeftovers(Journal& journal) const;

 private:
  // The way to other nodes, as the calls of this one see it.
  class Hop final : public call::NextHop {
   public:
    Hop(const CityParts& parts, size_t from) : parts_(parts), from_(from) {}
    std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                       const call::Target& target,
                                       const http::RequestHead& head, bool end,
                                       http::StreamEvents* events) override;
    void ProbeSoon(const discovery::Endpoint& peer) override;

   private:
    const CityParts& parts_;
    const size_t from_;
  };

  call::Environment MakeEnvironment();

  const CityParts parts_;
  const CitizenSpec spec_;
  Random random_;
  Metrics metrics_;
  std::shared_ptr<const policy::Program> program_;
  JournalDecisions decisions_{parts_.journal};
  routing::LoadMeter load_;
  std::optional<Time> shut_since_;
  call::Handles handles_;
  uint64_t secrets_ = 0;
  call::PeerBook peers_;
  Hop hop_;
  Agent agent_;
  call::Environment environment_;
  call::InboundCalls inbound_;
  call::OutboundCalls outbound_;
  std::list<std::unique_ptr<Client>> clients_;
};

}  // namespace herald::simulation
