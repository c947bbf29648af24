// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fleet/memory_web.h"

#include <string>
#include <utility>

namespace herald::simulation {

// Shared by both ends and by what is on its way between them.
struct MemoryWeb::Exchange : std::enable_shared_from_this<Exchange> {
  Exchange(EventLoop& on, Duration takes, http::WebEvents& client)
      : loop(on), one_way(takes), events(&client) {}

  void Later(std::function<void(Exchange&)> fn) {
    loop.RunAt(loop.Now() + one_way,
               [self = shared_from_this(), fn = std::move(fn)] { fn(*self); });
  }
  // To the client, once.
  void End(Status how) {
    if (std::exchange(ended, true)) return;
    Later([how = std::move(how)](Exchange& x) {
      if (x.events != nullptr) std::exchange(x.events, nullptr)->OnEnd(how);
    });
  }

  EventLoop& loop;
  const Duration one_way;
  http::WebEvents* events;               // null: ended, or given up
  http::StreamEvents* server = nullptr;  // null: not asked yet, or gone
  Traffic* traffic = nullptr;
  bool ended = false;
};

class MemoryWeb::ServerEnd final : public http::Stream {
 public:
  explicit ServerEnd(std::shared_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)) {}
  ~ServerEnd() override {
    exchange_->server = nullptr;
    exchange_->End(MakeStatus(StatusCode::kUnavailable, "connection lost"));
  }

  void SendResponse(const http::ResponseHead& head, bool end) override {
    exchange_->Later([head](Exchange& x) {
      if (x.events != nullptr) x.events->OnHead(head);
    });
    if (end) exchange_->End(absl::OkStatus());
  }
  void SendData(std::string_view data, bool end) override {
    exchange_->traffic->OnPiece(exchange_->loop.Now(), data.size());
    exchange_->Later([text = std::string(data)](Exchange& x) {
      if (x.events != nullptr) x.events->OnBody(text);
      if (x.server != nullptr) x.server->OnSent(text.size());
    });
    if (end) exchange_->End(absl::OkStatus());
  }
  void SendTrailers(const http::Headers&) override {
    exchange_->End(absl::OkStatus());
  }
  void Cancel(http::Reset) override {
    exchange_->End(MakeStatus(StatusCode::kUnavailable, "reset"));
  }
  void Consume(size_t) override {}
  void SetEvents(http::StreamEvents* events) override {
    exchange_->server = events;
  }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

class MemoryWeb::ClientEnd final : public http::WebCall {
 public:
  explicit ClientEnd(std::shared_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)) {}
  ~ClientEnd() override {
    exchange_->events = nullptr;
    if (exchange_->ended) return;
    exchange_->Later([](Exchange& x) {
      if (x.server != nullptr) x.server->OnReset(http::Reset::kCancelled);
    });
  }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

std::unique_ptr<http::WebCall> MemoryWeb::Start(http::WebRequest request,
                                                http::WebEvents& events) {
  auto exchange = std::make_shared<Exchange>(loop_, one_way_, events);
  exchange->Later([this, request = std::move(request)](Exchange& x) {
    if (x.events == nullptr) return;  // given up on the way
    const Answerer answerer = choose_();
    if (answerer.handler == nullptr) {
      return x.End(MakeStatus(StatusCode::kUnavailable, "connection refused"));
    }
    x.traffic = answerer.traffic;
    x.traffic->OnRequest(loop_.Now());
    answerer.handler->OnCall({}, request.head,
                             std::make_unique<ServerEnd>(x.shared_from_this()),
                             /*end=*/true);
  });
  if (open_.size() >= 2 * swept_ + 1000) {
    std::erase_if(open_, [](const auto& one) { return one.expired(); });
    swept_ = open_.size();
  }
  open_.push_back(exchange);
  return std::make_unique<ClientEnd>(std::move(exchange));
}

void MemoryWeb::Cut() {
  for (const auto& weak : std::exchange(open_, {})) {
    const auto exchange = weak.lock();
    if (exchange == nullptr || exchange->ended) continue;
    exchange->End(MakeStatus(StatusCode::kUnavailable, "connection lost"));
    exchange->Later([](Exchange& x) {
      if (x.server != nullptr) x.server->OnReset(http::Reset::kLost);
    });
  }
}

std::unique_ptr<http::WebCall> YesWeb::Start(http::WebRequest,
                                             http::WebEvents& events) {
  struct Call final : http::WebCall {
    ~Call() override { *alive = false; }
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  };
  traffic_.OnRequest(loop_.Now());
  auto call = std::make_unique<Call>();
  loop_.Post([&events, alive = call->alive] {
    http::ResponseHead head;
    head.status = 201;
    if (*alive) events.OnHead(head);
    if (*alive) events.OnBody(R"({"status":{"allowed":true}})");
    if (*alive) events.OnEnd(absl::OkStatus());
  });
  return call;
}

}  // namespace herald::simulation
