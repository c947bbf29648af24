// SPDX-License-Identifier: Apache-2.0
#include "discovery/interner.h"

#include <functional>
#include <memory>
#include <string_view>

namespace herald::discovery {
namespace {

// Of what tells values apart in practice; equality looks at all of it.
class Mixer {
 public:
  void Add(size_t number) { sum_ = (sum_ ^ number) * 0x9e3779b97f4a7c15; }
  void Add(std::string_view text) { Add(std::hash<std::string_view>()(text)); }
  void Add(const Site& site) {
    Add(site.country ? static_cast<size_t>(site.country->index()) + 1 : 0);
    Add(site.tier ? static_cast<size_t>(*site.tier) + 1 : 0);
    Add(site.operator_name ? *site.operator_name : std::string());
    Add(site.assurance ? site.assurance->size() + 1 : 0);
  }
  size_t sum() const { return sum_ ^ (sum_ >> 32); }

 private:
  size_t sum_ = 0;
};

}  // namespace

size_t HashOfFact::operator()(const Shared<std::string>& text) const {
  return std::hash<std::string_view>()(text);
}

size_t HashOfFact::operator()(const Shared<Site>& site) const {
  Mixer mixer;
  mixer.Add(*site);
  return mixer.sum();
}

size_t HashOfFact::operator()(const Shared<std::vector<Site>>& sites) const {
  Mixer mixer;
  for (const Site& site : sites) mixer.Add(site);
  return mixer.sum();
}

size_t HashOfFact::operator()(
    const Shared<std::vector<AgentInfo>>& agents) const {
  Mixer mixer;
  for (const AgentInfo& agent : agents) {
    mixer.Add(agent.name);
    for (const std::string& skill : agent.skills) mixer.Add(skill);
  }
  return mixer.sum();
}

size_t HashOfFact::operator()(const Shared<Binding>& binding) const {
  Mixer mixer;
  if (binding->source) mixer.Add(binding->source->ToString());
  mixer.Add(binding->interface);
  mixer.Add(binding->dscp.value_or(0));
  return mixer.sum();
}

EndpointPtr Interner::Of(const Endpoint& peer) {
  auto out = std::make_shared<Endpoint>(peer);
  out->way = texts_.Of(peer.way);
  out->identity = texts_.Of(peer.identity);
  out->site = sites_.Of(peer.site);
  out->agents = agents_.Of(peer.agents);
  out->via = texts_.Of(peer.via);
  out->transit = transits_.Of(peer.transit);
  out->binding = bindings_.Of(peer.binding);
  return out;
}

}  // namespace herald::discovery
