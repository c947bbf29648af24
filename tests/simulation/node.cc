// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/node.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::simulation {
namespace {

std::unique_ptr<net::TlsContext> MakeTls(const NodeSpec& spec,
                                         net::TlsContext::End end,
                                         EventLoop& loop) {
  auto made = net::TlsContext::Make(spec.identity, end, loop);
  HERALD_CHECK(made.ok(), "the simulation's certificates are good");
  return *std::move(made);
}

}  // namespace

// What starts with /again is declared idempotent.
discovery::AgentInfo NodeSpec::info() const {
  return {.name = agent, .skills = {"work"}, .idempotent = {"POST /again*"}};
}

Site NodeSpec::site() const {
  Site site;
  site.country = Country::Parse(country);
  site.tier = tier;
  site.operator_name = "acme";
  return site;
}

discovery::EndpointPtr NodeSpec::endpoint() const {
  discovery::Endpoint out;
  out.name = name;
  out.address = *Address::Parse(server_address());
  out.identity = identity->id().text();
  out.site = site();
  out.agents = {info()};
  return std::make_shared<const discovery::Endpoint>(std::move(out));
}

Node::Node(const NodeParts& parts, const NodeSpec& spec, uint64_t seed,
           discovery::SnapshotPtr snapshot,
           std::shared_ptr<const policy::Program> program)
    : parts_(parts),
      spec_(spec),
      random_(seed),
      server_tls_(MakeTls(spec, net::TlsContext::End::kServer, parts.loop)),
      client_tls_(MakeTls(spec, net::TlsContext::End::kClient, parts.loop)),
      snapshot_(std::move(snapshot)),
      program_(std::move(program)),
      peers_(parts.loop),
      server_socket_(parts.network.Bind(spec.server_address())),
      client_socket_(parts.network.Bind(spec.client_address())),
      server_endpoint_(parts.loop, *server_socket_, {}, metrics_),
      client_endpoint_(parts.loop, *client_socket_, {}, metrics_),
      pool_({parts.loop, random_, client_endpoint_, *client_tls_, peers_,
             metrics_, parts.log},
            {}),
      agent_({parts.loop, parts.journal, parts.plans, spec.name, spec.country,
              parts.plant}),
      environment_(MakeEnvironment()),
      inbound_(environment_),
      outbound_(environment_, inbound_),
      server_(
          {parts.loop, server_endpoint_, *server_tls_, CalledBy(parts.plant),
           metrics_, parts.log,
           [this] { return inbound_.PackedReply(true, true); },
           [this](const call::Origin& o) { inbound_.JudgeAgain(o.identity); }},
          {}),
      drain_(environment_, server_) {
  std::vector<discovery::EndpointPtr> first(snapshot_->peers().begin(),
                                            snapshot_->peers().end());
  first.resize(std::min(first.size(), spec_.warm_peers));
  pool_.Warm(first);
}

Node::~Node() = default;

call::CallHandler& Node::CalledBy(Plant plant) {
  if (plant == Plant::kForgetsKeys) return thief_;
  return inbound_;
}

call::Environment Node::MakeEnvironment() {
  return {.loop = parts_.loop,
          .random = random_,
          .metrics = metrics_,
          .decisions = decisions_,
          .mesh = pool_,
          .local = agent_,
          .peers = peers_,
          .load = load_,
          .handles = handles_,
          .snapshot = [this] { return snapshot_; },
          .program = [this] { return program_; },
          .secret = [this] { return "secret-" + std::to_string(++secrets_); },
          .self = {.node = spec_.name,
                   .identity = spec_.identity->id().text(),
                   .site = spec_.site(),
                   .agents = {spec_.info()}}};
}

void Node::Call(CallEntry& entry, const CallPlan& plan) {
  clients_.remove_if([](const auto& client) { return client->over(); });
  clients_.push_back(std::make_unique<Client>(parts_.loop, entry, plan));
  clients_.back()->Begin(outbound_);
}

void Node::Drain() { drain_.Begin(); }

void Node::WriteLeftovers(Journal& journal) const {
  journal.leftovers.push_back(
      {spec_.name, "calls of its agent", outbound_.open()});
  journal.leftovers.push_back({spec_.name, "calls of peers", inbound_.open()});
  journal.leftovers.push_back(
      {spec_.name, "streams to peers", pool_.open_streams()});
  journal.leftovers.push_back(
      {spec_.name, "keyed calls at its agent", inbound_.keyed_running()});
  journal.leftovers.push_back(
      {spec_.name, "calls in its load report", load_.in_flight()});
}

}  // namespace herald::simulation
