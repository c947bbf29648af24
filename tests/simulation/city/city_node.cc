// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/city/city_node.h"

#include <utility>

namespace herald::simulation {

Site CitizenSpec::site() const {
  Site site;
  site.country = Country::Parse(country);
  site.tier = tier;
  site.operator_name = "acme";
  return site;
}

// What starts with /again is declared idempotent.
discovery::AgentInfo CitizenSpec::info() const {
  return {.name = agent, .skills = {"work"}, .idempotent = {"POST /again*"}};
}

discovery::EndpointPtr CitizenSpec::endpoint() const {
  discovery::Endpoint out;
  out.name = name;
  const std::string host = "10." + std::to_string(number >> 16 & 255) + "." +
                           std::to_string(number >> 8 & 255) + "." +
                           std::to_string(number & 255);
  out.address = *Address::Parse(host + ":15443");
  out.identity = identity;
  out.site = site();
  out.agents = {info()};
  return std::make_shared<const discovery::Endpoint>(std::move(out));
}

CityNode::CityNode(const CityParts& parts, const CitizenSpec& spec,
                   uint64_t seed,
                   std::shared_ptr<const policy::Program> program)
    : parts_(parts),
      spec_(spec),
      random_(seed),
      program_(std::move(program)),
      peers_(parts.loop),
      hop_(parts_, spec.number),
      agent_({parts.loop, parts.journal, parts.plans, spec.name, spec.country,
              parts.plant}),
      environment_(MakeEnvironment()),
      inbound_(environment_),
      outbound_(environment_, inbound_) {}

CityNode::~CityNode() = default;

call::Environment CityNode::MakeEnvironment() {
  return {.loop = parts_.loop,
          .random = random_,
          .metrics = metrics_,
          .decisions = decisions_,
          .mesh = hop_,
          .local = agent_,
          .peers = peers_,
          .load = load_,
          .handles = handles_,
          .snapshot = [this] { return parts_.snapshot; },
          .program = [this] { return program_; },
          .secret = [this] { return "secret-" + std::to_string(++secrets_); },
          .self = {.node = spec_.name,
                   .identity = spec_.identity,
                   .site = spec_.site(),
                   .agents = {spec_.info()},
                   .endpoint = spec_.endpoint()}};
}

std::unique_ptr<http::Stream> CityNode::Hop::Open(policy::Permit permit,
                                                  const call::Target& target,
                                                  const http::RequestHead& head,
                                                  bool end,
                                                  http::StreamEvents* events) {
  // The permit is used up by being here.
  [[maybe_unused]] policy::Permit used = std::move(permit);
  return parts_.mesh.Open(from_, parts_.map.NumberOf(target.peer->name), head,
                          end, events);
}

void CityNode::Hop::ProbeSoon(const discovery::Endpoint& peer) {
  parts_.mesh.ProbeSoon(from_, parts_.map.NumberOf(peer.name));
}

void CityNode::Shut() {
  shut_since_ = parts_.loop.Now();
  environment_.draining = true;
}

void CityNode::Call(CallEntry& entry, const CallPlan& plan) {
  clients_.remove_if([](const auto& client) { return client->over(); });
  clients_.push_back(std::make_unique<Client>(parts_.loop, entry, plan));
  clients_.back()->Begin(outbound_);
}

void CityNode::WriteLeftovers(Journal& journal) const {
  journal.leftovers.push_back(
      {spec_.name, "calls of its agent", outbound_.open()});
  journal.leftovers.push_back({spec_.name, "calls of peers", inbound_.open()});
  journal.leftovers.push_back(
      {spec_.name, "keyed calls at its agent", inbound_.keyed_running()});
  journal.leftovers.push_back(
      {spec_.name, "calls in its load report", load_.in_flight()});
}

}  // namespace herald::simulation
