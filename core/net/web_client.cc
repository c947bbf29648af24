// SPDX-License-Identifier: Apache-2.0
#include "core/net/web_client.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::net {
namespace {

// Where another one may answer, one that does not is not waited for so long.
constexpr Duration kPatienceOfSeveral = std::chrono::seconds(4);

}  // namespace

WebClient::WebClient(AsioLoop& loop, WebClientOptions options)
    : loop_(loop),
      options_(std::move(options)),
      self_(std::make_shared<WebClient*>(this)) {
  HERALD_CHECK(!options_.targets.empty(), "a client has a server");
  for (const WebTarget& target : options_.targets) {
    HERALD_CHECK(!target.tls || options_.tls != nullptr,
                 "an https target comes with a context");
  }
}

WebClient::~WebClient() {
  ending_ = true;
  attempts_.clear();
  links_.clear();
  FailWaiting(Unavailable("given up"));
  *self_ = nullptr;
}

std::unique_ptr<http::WebCall> WebClient::Start(http::WebRequest request,
                                                http::WebEvents& events) {
  auto exchange =
      std::make_unique<WebExchange>(*this, std::move(request), events);
  waiting_.push_back(exchange.get());
  Serve();
  return exchange;
}

void WebClient::Forget(WebExchange* exchange) {
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), exchange),
                 waiting_.end());
}

bool WebClient::Requeue(WebExchange* exchange) {
  if (ending_) return false;
  waiting_.push_front(exchange);
  // Not now: this comes from inside the end of a link.
  loop_.Post([self = self_] {
    if (*self != nullptr) (*self)->Serve();
  });
  return true;
}

void WebClient::Distrust(const WebTarget& target) {
  if (options_.targets.size() < 2 || &target != &options_.targets[current_]) {
    return;
  }
  for (Open& open : links_) {
    if (open.target == current_) open.leaving = true;
  }
  current_ = (current_ + 1) % options_.targets.size();
}

void WebClient::OnLinkClosed(ClientLink* link) {
  auto held = std::find_if(links_.begin(), links_.end(), [&](const Open& one) {
    return one.link.get() == link;
  });
  auto gone = std::move(held->link);
  links_.erase(held);
  gone.reset();
  Serve();
}

WebClient::Open* WebClient::FindReady() {
  // From the front, so that the load keeps few connections busy and the rest
  // grow idle and close.
  for (Open& open : links_) {
    if (!open.leaving && open.link->IsReady()) return &open;
  }
  return nullptr;
}

void WebClient::LeaveOldGenerations() {
  const uint64_t now = options_.tls == nullptr ? 0 : options_.tls->generation();
  for (Open& open : links_) {
    if (options_.targets[open.target].tls && open.generation != now) {
      open.leaving = true;
    }
    // Once: it makes the link settle, which brings us here again.
    if (open.leaving && !std::exchange(open.drained, true)) open.link->Drain();
  }
}

void WebClient::Serve() {
  if (ending_ || waiting_.empty()) return;
  LeaveOldGenerations();
  while (!waiting_.empty()) {
    Open* open = FindReady();
    if (open == nullptr) break;
    WebExchange* next = waiting_.front();
    waiting_.pop_front();
    next->SendOn(*open->link, options_.targets[open->target]);
  }
  const size_t wanted =
      multiplexes_ ? std::min(waiting_.size(), size_t{1}) : waiting_.size();
  while (attempts_.size() < wanted &&
         attempts_.size() + links_.size() < options_.connections_max) {
    StartAttempt();
  }
}

void WebClient::StartAttempt() {
  const uint64_t id = ++last_attempt_;
  const Duration patience =
      options_.targets.size() == 1
          ? options_.connect_patience
          : std::min(options_.connect_patience, kPatienceOfSeveral);
  attempts_.push_back(
      {id, std::make_unique<WebConnect>(
               WebConnect::Setup{.loop = loop_,
                                 .targets = options_.targets,
                                 .first = current_,
                                 .tls = options_.tls,
                                 .server_name = options_.server_name,
                                 .http2 = options_.http2,
                                 .patience = patience},
               [this, id](StatusOr<WebConnected> outcome) {
                 OnConnected(id, std::move(outcome));
               })});
}

void WebClient::OnConnected(uint64_t id, StatusOr<WebConnected> outcome) {
  attempts_.erase(
      std::find_if(attempts_.begin(), attempts_.end(),
                   [&](const Attempt& attempt) { return attempt.id == id; }));
  if (!outcome.ok()) return FailWaiting(outcome.status());
  current_ = outcome->target;
  multiplexes_ = outcome->protocol == http::Protocol::kHttp2;
  links_.push_back({std::make_unique<ClientLink>(
                        ClientLink::Setup{.loop = loop_,
                                          .stream = std::move(outcome->stream),
                                          .protocol = outcome->protocol,
                                          .limits = options_.limits,
                                          .idle = options_.idle,
                                          .watch = options_.watch},
                        *this),
                    outcome->target, outcome->generation});
  Serve();
}

// All of them: whatever kept one from a connection keeps the next.
void WebClient::FailWaiting(const Status& why) {
  // One by one: each may forget others, bring new ones, or end the client.
  const auto self = self_;
  for (size_t n = waiting_.size(); n > 0 && !waiting_.empty(); --n) {
    WebExchange* next = waiting_.front();
    waiting_.pop_front();
    next->Finish(why);
    if (*self == nullptr) return;
  }
}

}  // namespace herald::net
