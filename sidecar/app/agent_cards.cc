// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/agent_cards.h"

#include <utility>

#include "core/net/web_target.h"

namespace herald::app {

AgentCards::AgentCards(net::AsioLoop& loop, Random& random,
                       const std::vector<AgentConfig>& agents,
                       const Changed& changed) {
  for (const AgentConfig& agent : agents) {
    if (agent.card.empty()) continue;
    const std::string address = agent.address.ToString();
    auto target = net::WebTarget::Parse(
        agent.address.is_unix() ? address : "http://" + address);
    if (!target.ok()) continue;
    net::WebClientOptions options;
    options.targets = {*std::move(target)};
    options.http2 = agent.protocol == AgentProtocol::kH2c;
    options.connections_max = 1;
    One one{.agent = agent.agent.name,
            .web = std::make_unique<net::WebClient>(loop, std::move(options)),
            .reader = nullptr};
    one.reader =
        std::make_unique<CardReader>(CardReader::Parts{.loop = loop,
                                                       .random = random,
                                                       .web = *one.web,
                                                       .agent = agent.agent,
                                                       .path = agent.card,
                                                       .changed = changed});
    all_.push_back(std::move(one));
  }
}

AgentCards::~AgentCards() = default;

void AgentCards::Start() {
  for (One& one : all_) one.reader->Start();
}

const CardReader* AgentCards::Of(std::string_view agent) const {
  for (const One& one : all_) {
    if (one.agent == agent) return one.reader.get();
  }
  return nullptr;
}

}  // namespace herald::app
