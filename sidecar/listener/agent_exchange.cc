// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/agent_exchange.h"

#include <utility>

#include "core/base/check.h"

namespace herald::listener {
namespace {

bool IsSafe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" ||
         method == "TRACE";
}

}  // namespace

AgentExchange::AgentExchange(ExchangeQueue* queue,
                             const http::RequestHead& head, bool end,
                             http::StreamEvents* events)
    : queue_(queue), head_(head), bodiless_(end), events_(events) {}

AgentExchange::~AgentExchange() {
  if (self_) *self_ = nullptr;
  if (queue_ != nullptr && !stream_ && !over_) queue_->Forget(this);
}

void AgentExchange::SendOn(net::ClientLink& link) {
  on_reused_ = link.has_served();
  stream_ = link.Open(head_, bodiless_, this);
  if (!bodiless_ && (!held_.empty() || held_end_)) {
    stream_->SendData(std::exchange(held_, {}), held_end_);
  }
  if (held_trailers_) stream_->SendTrailers(*held_trailers_);
}

void AgentExchange::Fail(http::Reset reason) {
  if (std::exchange(over_, true)) return;
  events_->OnReset(reason);
}

void AgentExchange::FailLater(EventLoop& loop, http::Reset reason) {
  queue_ = nullptr;
  self_ = std::make_shared<AgentExchange*>(this);
  loop.Post([self = self_, reason] {
    if (*self != nullptr) (*self)->Fail(reason);
  });
}

// --- From the caller --------------------------------------------------------

void AgentExchange::SendResponse(const http::ResponseHead&, bool) {
  HERALD_CHECK(false, "a client end sends no response");
}

void AgentExchange::SendData(std::string_view data, bool end) {
  if (over_) return;
  if (stream_) {
    stream_->SendData(data, end);
    return;
  }
  held_ += data;
  held_end_ = end;
}

void AgentExchange::SendTrailers(const http::Headers& trailers) {
  if (over_) return;
  if (stream_) {
    stream_->SendTrailers(trailers);
    return;
  }
  held_trailers_ = std::make_unique<http::Headers>(trailers);
}

void AgentExchange::Cancel(http::Reset reason) {
  if (std::exchange(over_, true)) return;
  if (stream_) {
    stream_->Cancel(reason);
  } else if (queue_ != nullptr) {
    queue_->Forget(this);
  }
}

void AgentExchange::Consume(size_t n) {
  if (stream_) stream_->Consume(n);
}

// --- From the connection ----------------------------------------------------

void AgentExchange::OnResponse(http::ResponseHead head, bool end) {
  answered_ = true;
  events_->OnResponse(std::move(head), end);
}

void AgentExchange::OnData(std::string_view data, bool end) {
  events_->OnData(data, end);
}

void AgentExchange::OnTrailers(http::Headers trailers) {
  events_->OnTrailers(std::move(trailers));
}

void AgentExchange::OnSent(size_t n) { events_->OnSent(n); }

bool AgentExchange::MayGoAgain(http::Reset reason) const {
  bool lost = reason == http::Reset::kLost || reason == http::Reset::kNotSent;
  return lost && on_reused_ && !answered_ && !went_again_ && bodiless_ &&
         IsSafe(head_.method) && queue_ != nullptr;
}

void AgentExchange::OnReset(http::Reset reason) {
  if (MayGoAgain(reason)) {
    went_again_ = true;
    stream_.reset();
    if (queue_->Requeue(this)) return;
  }
  over_ = true;
  events_->OnReset(reason);
}

}  // namespace herald::listener
