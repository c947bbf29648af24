// SPDX-License-Identifier: Apache-2.0
//
// An agent behind its sidecar: does what the plan of each call says, and
// writes down what reached it. It stands where the local-agent forwarder
// stands in the product.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "sidecar/call/next_hop.h"
#include "tests/simulation/journal.h"
#include "tests/simulation/message.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/plant.h"

namespace herald::simulation {

// Owned by its node; journal and plans outlive it. One thread.
class Agent final : public call::NextHop {
 public:
  struct Parts {
    EventLoop& loop;
    Journal& journal;
    const std::vector<CallPlan>& plans;
    std::string node;
    std::string country;
    Plant plant;
  };
  explicit Agent(Parts parts);
  ~Agent() override;

  std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                     const call::Target& target,
                                     const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override;

  void SetDown(bool down) { down_ = down; }
  void SetSlowness(int factor) { slowness_ = factor; }
  // Where a planted fault delivers instead.
  void SetElsewhere(Agent* other) { elsewhere_ = other; }

 private:
  class Task;
  friend class Task;
  void Take(std::unique_ptr<http::Stream> stream, uint64_t number, bool end);
  void Retire(Task* task);

  const Parts parts_;
  bool down_ = false;
  int slowness_ = 1;
  Agent* elsewhere_ = nullptr;
  std::list<std::unique_ptr<Task>> tasks_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::simulation
