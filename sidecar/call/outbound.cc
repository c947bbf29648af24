// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/outbound.h"

#include <utility>

#include "core/http/query.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/catalogue_query.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/outbound_call.h"

namespace herald::call {
namespace {

// Agents come and go; beyond so many, those not called of late are forgotten.
constexpr size_t kServicesKept = 1'000;

}  // namespace

OutboundCalls::OutboundCalls(Environment& environment, InboundCalls& inbound)
    : environment_(environment),
      inbound_(inbound),
      own_hop_(environment.loop, inbound, environment.self.identity),
      attempts_(environment.metrics.counter("herald_attempts_total",
                                            "Requests opened towards peers.")),
      repicked_(environment.metrics.counter(
          "herald_repicked_total", "Calls moved to another peer unseen.")),
      over_budget_(environment.metrics.counter(
          "herald_retries_refused_total",
          "Attempts not made because the agent's retry budget was spent.")),
      keyed_repeats_(environment.metrics.counter(
          "herald_keyed_repeats_total",
          "Calls with an idempotency key sent again where they went first.")),
      hedges_(environment.metrics.counter(
          "herald_hedges_total",
          "Second peers asked because the first byte was late.")),
      hedges_won_(environment.metrics.counter("herald_hedges_won_total",
                                              "Those that answered first.")),
      stripped_(environment.metrics.counter(
          "herald_stripped_headers_total",
          "herald-* header fields taken off messages of agents.")),
      unknown_handles_(environment.metrics.counter(
          "herald_unknown_handles_total",
          "Calls refused for a herald-call that names no open call.")),
      cut_(environment.metrics.counter(
          "herald_policy_cut_total",
          "Calls under way that ended because a new policy forbids them.")),
      seconds_(environment.metrics.histogram(
          "herald_call_seconds", "Calls of our agents, first to last byte.")),
      watches_(environment) {
  environment.metrics.OnCollect([this] {
    environment_.metrics
        .gauge("herald_calls_open", "Calls of our agents under way.")
        .Set(static_cast<double>(calls_.size()));
  });
}

OutboundCalls::~OutboundCalls() = default;

void OutboundCalls::OnCall(const Origin& origin, http::RequestHead head,
                           std::unique_ptr<http::Stream> stream, bool end) {
  if (StartWatch(origin, head, stream)) return;
  auto call = std::make_unique<OutboundCall>(*this, std::move(head),
                                             std::move(stream), end);
  OutboundCall& started = *call;
  calls_.push_front(std::move(call));
  started.self_ = calls_.begin();
  if (calls_.size() > environment_.open_calls) {
    started.AnswerWith(Outcome::kOverloaded,
                       environment_.self.node + " has " +
                           std::to_string(environment_.open_calls) +
                           " calls under way already, which is its "
                           "limits.openCalls");
    return;
  }
  started.Begin(origin);
}

// A question that is not understood is answered as one without `watch` is.
bool OutboundCalls::StartWatch(const Origin& origin,
                               const http::RequestHead& head,
                               std::unique_ptr<http::Stream>& stream) {
  const auto [path, query] = http::SplitTarget(head.path);
  if (head.method != "GET" || path != kAgentsPath || query.empty() ||
      origin.listener_agent || head.headers.Get("herald-agent") ||
      watches_.size() >= CatalogueWatches::kMost) {
    return false;
  }
  const auto asked = ParseCatalogueQuery(query);
  if (!asked.ok() || !asked->watch) return false;
  watches_.Start(asked->query, std::move(stream));
  return true;
}

void OutboundCalls::OnPolicyChange() {
  auto program = environment_.program();
  for (auto call = calls_.begin(); call != calls_.end();) {
    auto next = std::next(call);  // a call that ends leaves the list
    (*call)->OnPolicyChange(program);
    call = next;
  }
}

OutboundCalls::Service& OutboundCalls::ServiceOf(const std::string& agent) {
  auto known = services_.find(agent);
  if (known != services_.end()) return known->second;
  if (services_.size() >= kServicesKept) {
    const Time now = environment_.loop.Now();
    std::erase_if(services_, [now](const auto& each) {
      return each.second.retries.idle(now);
    });
  }
  return services_[agent];
}

void OutboundCalls::Retire(OutboundCall* call) {
  if (retired_.empty()) {
    environment_.loop.Post([this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) retired_.clear();
    });
  }
  retired_.splice(retired_.begin(), calls_, call->self_);
}

}  // namespace herald::call
