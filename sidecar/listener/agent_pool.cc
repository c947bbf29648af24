// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/agent_pool.h"

#include <algorithm>
#include <utility>

#include "core/net/stream_socket.h"

namespace herald::listener {
namespace {

// Below the 5 s after which Node's and uvicorn's servers close an idle
// connection: who closes first does not lose requests.
constexpr Duration kIdle = std::chrono::seconds(4);

}  // namespace

AgentPool::AgentPool(net::AsioLoop& loop, Log& log, Metrics& metrics,
                     LocalAgentOptions options)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      connected_(metrics.counter(
          "herald_agent_connects_total", "Connections to our own agents.",
          "agent=\"" + options_.name + "\",outcome=\"ok\"")),
      failed_(metrics.counter(
          "herald_agent_connects_total", "Connections to our own agents.",
          "agent=\"" + options_.name + "\",outcome=\"failed\"")),
      self_(std::make_shared<AgentPool*>(this)) {}

AgentPool::~AgentPool() {
  *self_ = nullptr;
  ending_ = true;
  links_.clear();
  attempts_.clear();
  FailWaiting();
}

std::unique_ptr<http::Stream> AgentPool::Open(const http::RequestHead& head,
                                              bool end,
                                              http::StreamEvents* events) {
  auto exchange = std::make_unique<AgentExchange>(this, head, end, events);
  if (ending_ || waiting_.size() >= options_.waiting_max) {
    exchange->FailLater(loop_, http::Reset::kRefused);
    return exchange;
  }
  waiting_.push_back(exchange.get());
  Serve();
  return exchange;
}

void AgentPool::Forget(AgentExchange* exchange) {
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), exchange),
                 waiting_.end());
}

bool AgentPool::Requeue(AgentExchange* exchange) {
  if (ending_) return false;
  waiting_.push_front(exchange);
  // Where one kept connection had died, the others may have too (the agent
  // was restarted): this request is to have a fresh one.
  for (auto& link : links_) link->Drain();
  // Not now: this comes from inside the end of a link.
  loop_.Post([self = self_] {
    if (*self != nullptr) (*self)->Serve();
  });
  return true;
}

void AgentPool::OnLinkSettled() { Serve(); }

void AgentPool::OnLinkClosed(net::ClientLink* link) {
  auto held = std::find_if(links_.begin(), links_.end(),
                           [&](const auto& one) { return one.get() == link; });
  auto gone = std::move(*held);
  links_.erase(held);
  // Serve may dial in its stead; the link goes first, and is on the stack of
  // its own last event, which allows that.
  gone.reset();
  Serve();
}

net::ClientLink* AgentPool::FindReady() {
  // From the front, so that the load keeps few connections busy and the rest
  // grow idle and close.
  for (const auto& link : links_) {
    if (link->IsReady()) return link.get();
  }
  return nullptr;
}

void AgentPool::Serve() {
  while (!waiting_.empty()) {
    net::ClientLink* link = FindReady();
    if (link == nullptr) break;
    AgentExchange* next = waiting_.front();
    waiting_.pop_front();
    next->SendOn(*link);
  }
  bool one_is_enough = options_.protocol == http::Protocol::kHttp2;
  size_t wanted =
      std::min(waiting_.size(), one_is_enough ? size_t{1} : waiting_.size());
  while (attempts_.size() < wanted &&
         attempts_.size() + links_.size() < options_.connections_max) {
    StartDial();
  }
}

void AgentPool::StartDial() {
  uint64_t id = ++last_attempt_;
  attempts_.push_back(
      {id, std::make_unique<net::Dial>(
               loop_, options_.address, options_.connect_patience,
               [this, id](StatusOr<net::UniqueFd> outcome) {
                 OnDialled(id, std::move(outcome));
               })});
}

void AgentPool::OnDialled(uint64_t id, StatusOr<net::UniqueFd> outcome) {
  attempts_.erase(
      std::find_if(attempts_.begin(), attempts_.end(),
                   [&](const Attempt& attempt) { return attempt.id == id; }));
  if (!outcome.ok()) {
    failed_.Add();
    if (std::exchange(reachable_, false)) {
      log_.Warning("agent_unreachable", {{"agent", options_.name},
                                         {"why", Message(outcome.status())}});
    }
    FailWaiting();
    return;
  }
  connected_.Add();
  if (!std::exchange(reachable_, true)) {
    log_.Info("agent_reachable", {{"agent", options_.name}});
  }
  links_.push_back(std::make_unique<net::ClientLink>(
      net::ClientLink::Setup{.loop = loop_,
                             .stream = std::make_unique<net::StreamSocket>(
                                 loop_, *std::move(outcome), nullptr),
                             .protocol = options_.protocol,
                             .limits = options_.limits,
                             .idle = kIdle},
      *this));
  Serve();
}

// All of them: whatever kept the kernel from connecting one keeps it from
// connecting the next.
void AgentPool::FailWaiting() {
  // One by one: each may forget others, or bring new ones.
  for (size_t n = waiting_.size(); n > 0 && !waiting_.empty(); --n) {
    AgentExchange* next = waiting_.front();
    waiting_.pop_front();
    next->Fail(http::Reset::kNotSent);
  }
}

}  // namespace herald::listener
