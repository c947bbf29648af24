// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/local_agents.h"

#include <utility>

namespace herald::listener {

void LocalAgents::Add(LocalAgentOptions options) {
  pools_.push_back(
      std::make_unique<AgentPool>(loop_, log_, metrics_, std::move(options)));
}

std::unique_ptr<http::Stream> LocalAgents::Open(policy::Permit,
                                                const call::Target& target,
                                                const http::RequestHead& head,
                                                bool end,
                                                http::StreamEvents* events) {
  // A handful: a sidecar serves one agent, or few.
  for (auto& pool : pools_) {
    if (pool->name() == target.agent) return pool->Open(head, end, events);
  }
  auto nobody = std::make_unique<AgentExchange>(nullptr, head, end, events);
  nobody->FailLater(loop_, http::Reset::kNotSent);
  return nobody;
}

}  // namespace herald::listener
