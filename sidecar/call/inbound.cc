// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/inbound.h"

#include <utility>

#include "sidecar/call/context.h"
#include "sidecar/call/inbound_call.h"

namespace herald::call {

InboundCalls::InboundCalls(Environment& environment)
    : environment_(environment),
      keyed_(environment.loop, environment.local, environment.metrics,
             environment.random.Next()),
      forged_(environment.metrics.counter(
          "herald_forged_headers_total",
          "herald-* header fields of peers that have no right to them.")),
      stripped_(environment.metrics.counter(
          "herald_stripped_headers_total",
          "herald-* header fields taken off messages of agents.")),
      cut_(environment.metrics.counter(
          "herald_policy_cut_total",
          "Calls under way that ended because a new policy forbids them.")) {
  environment.metrics.OnCollect([this] {
    environment_.metrics
        .gauge("herald_inbound_calls_open", "Calls of peers under way.")
        .Set(static_cast<double>(calls_.size()));
  });
  // Now, so that what we say of our limit is true before the first call.
  for (const auto& agent : environment.self.agents) GateOf(agent.name);
}

InboundCalls::~InboundCalls() = default;

void InboundCalls::OnCall(const Origin& origin, http::RequestHead head,
                          std::unique_ptr<http::Stream> stream, bool end) {
  calls_.push_front(std::make_unique<InboundCall>(
      *this, origin, std::move(head), std::move(stream), end));
  InboundCall& call = *calls_.front();
  call.self_ = calls_.begin();
  call.Begin();
}

void InboundCalls::OnPolicyChange() {
  auto program = environment_.program();
  for (auto call = calls_.begin(); call != calls_.end();) {
    auto next = std::next(call);  // a call that ends leaves the list
    (*call)->OnPolicyChange(program);
    call = next;
  }
}

Gate& InboundCalls::GateOf(const std::string& agent) {
  auto found = gates_.find(agent);
  if (found == gates_.end()) {
    found = gates_
                .emplace(agent, std::make_unique<Gate>(
                                    environment_.loop, environment_.metrics,
                                    environment_.random, agent))
                .first;
  }
  return *found->second;
}

void InboundCalls::JudgeAgain(const std::string& caller) {
  auto program = environment_.program();
  for (auto call = calls_.begin(); call != calls_.end();) {
    auto next = std::next(call);  // a call that ends leaves the list
    if ((*call)->call_.caller == caller) (*call)->JudgeAgain(program);
    call = next;
  }
}

std::string InboundCalls::PackedReply(bool own_answer, bool untouched) const {
  ReplyContext reply;
  uint32_t limit = 0;
  for (const auto& [agent, gate] : gates_) limit += gate->limit();
  if (limit > 0) environment_.load.SetLimit(limit);
  reply.load = environment_.load.Report(environment_.loop.Now());
  reply.load.draining |= environment_.draining;
  reply.own_answer = own_answer;
  reply.not_processed = untouched;
  reply.memory = {keyed_.id(), keyed_.Remembers()};
  return Pack(reply);
}

PeerBook::Memory InboundCalls::Memory() const {
  const Time now = environment_.loop.Now();
  return {keyed_.id(), now - keyed_.Remembers(), now};
}

void InboundCalls::Retire(InboundCall* call) {
  if (retired_.empty()) {
    environment_.loop.Post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) retired_.clear();
    });
  }
  retired_.splice(retired_.begin(), calls_, call->self_);
}

}  // namespace herald::call
