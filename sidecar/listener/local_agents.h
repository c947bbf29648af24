// SPDX-License-Identifier: Apache-2.0
//
// The way from a permitted call to an agent of our own: the last hop. Plain
// HTTP on this machine, to the address the configuration names.
#pragma once

#include <memory>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/asio_loop.h"
#include "sidecar/call/next_hop.h"
#include "sidecar/listener/agent_pool.h"

namespace herald::listener {

// Owned by whoever assembles the process; borrows loop, log and metrics.
class LocalAgents final : public call::NextHop {
 public:
  LocalAgents(net::AsioLoop& loop, Log& log, Metrics& metrics)
      : loop_(loop), log_(log), metrics_(metrics) {}

  // REQUIRES: no agent of that name was added before.
  void Add(LocalAgentOptions options);

  // An agent that was not added ends in kNotSent.
  std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                     const call::Target& target,
                                     const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override;

 private:
  net::AsioLoop& loop_;
  Log& log_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<AgentPool>> pools_;
};

}  // namespace herald::listener
