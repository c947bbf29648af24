// SPDX-License-Identifier: Apache-2.0
//
// The cards of all agents of ours that may have one, each read from the agent
// itself, over a connection of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/net/asio_loop.h"
#include "core/net/web_client.h"
#include "sidecar/app/card_reader.h"
#include "sidecar/app/config.h"

namespace herald::app {

// Owned by the app; what it borrows outlives it. One thread.
class AgentCards {
 public:
  using Changed = std::function<void(const discovery::AgentInfo&)>;

  // `changed` is told of an agent by its name.
  AgentCards(net::AsioLoop& loop, Random& random,
             const std::vector<AgentConfig>& agents, const Changed& changed);
  ~AgentCards();

  void Start();

  // Of the agent of that name; null where none is asked for.
  const CardReader* Of(std::string_view agent) const;

 private:
  struct One {
    std::string agent;
    std::unique_ptr<net::WebClient> web;
    std::unique_ptr<CardReader> reader;
  };
  std::vector<One> all_;
};

}  // namespace herald::app
