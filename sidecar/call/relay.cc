// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/relay.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::call {
namespace {

// What is kept of a request for a second attempt (the figure linkerd uses).
constexpr size_t kReplayBytes = 64 * 1024;

// A response up to here may be held until it is whole.
constexpr size_t kHoldBytes = 64 * 1024;

// After an early answer the rest of the request is read and dropped up to
// here, so that the client sees the answer and not a reset.
constexpr uint64_t kDiscardBytes = 1 << 20;

}  // namespace

Relay::Relay(std::unique_ptr<http::Stream> in, bool request_ended,
             RelayEvents& events)
    : events_(events),
      out_(*this),
      rival_(*this),
      in_stream_(std::move(in)),
      request_ended_(request_ended) {
  in_stream_->SetEvents(this);
}

Relay::~Relay() = default;

void Relay::Attach(std::unique_ptr<http::Stream> out) {
  HERALD_CHECK(can_move() && !out_stream_, "only a call that can move moves");
  out_stream_ = std::move(out);
  sent_this_out_ = 0;
  Replay(*out_stream_);
}

void Relay::Replay(http::Stream& out) {
  if (body_ended_empty()) return;  // Open was told so
  bool end_here = request_ended_ && !trailers_;
  if (!replay_.empty() || end_here) out.SendData(replay_, end_here);
  if (trailers_) out.SendTrailers(*trailers_);
}

void Relay::AttachRival(std::unique_ptr<http::Stream> rival) {
  HERALD_CHECK(may_race(), "two race for one request at most");
  rival_stream_ = std::move(rival);
  Replay(*rival_stream_);
}

void Relay::PromoteRival() {
  HERALD_CHECK(rival_stream_ != nullptr, "only who is there can win");
  rival_.Win();
  out_stream_ = std::move(rival_stream_);
  sent_this_out_ = rival_.sent();
  held_head_.reset();
  held_body_.clear();
}

void Relay::Detach() {
  out_stream_.reset();
  held_head_.reset();
  held_body_.clear();
}

void Relay::Answer(const http::ResponseHead& head, const std::string& body) {
  HERALD_CHECK(!committed_, "one call has one answer");
  committed_ = true;
  out_stream_.reset();
  rival_stream_.reset();
  if (!in_stream_) return;
  in_stream_->SendResponse(head, body.empty());
  if (!body.empty()) in_stream_->SendData(body, true);
  response_bytes_ = body.size();
  ResponseEnded();
}

void Relay::Abort(http::Reset reason) {
  if (response_ended_) return Finish(RelayEnd::kComplete);
  out_stream_.reset();
  if (in_stream_) in_stream_->Cancel(reason);
  Finish(RelayEnd::kBroken);
}

void Relay::EndWithTrailers(const http::Headers& trailers) {
  HERALD_CHECK(committed_ && !response_ended_, "trailers end what was begun");
  out_stream_.reset();
  if (in_stream_) in_stream_->SendTrailers(trailers);
  ResponseEnded();
}

void Relay::HoldResponse(const http::ResponseHead& head) {
  // Whom the rest of the request waits for must see that the answer began.
  hold_ = can_move() && request_ended_ && head.content_length &&
          *head.content_length <= kHoldBytes;
}

void Relay::KeepForReplay(std::string_view data) {
  if (!replayable_ || committed_) return;
  // While nothing was credited `in` holds back, so all of it fits a window.
  if (credited_ > 0 && replay_.size() + data.size() > kReplayBytes) {
    replayable_ = false;
    replay_ = std::string();
    return;
  }
  replay_.append(data);
}

// --- events of `in`

void Relay::OnResponse(http::ResponseHead, bool) {
  HERALD_CHECK(false, "a server end gets no responses");
}

void Relay::OnData(std::string_view data, bool end) {
  if (over_) return;
  received_ += data.size();
  if (end) request_ended_ = true;
  if (response_ended_) {  // answered early: read on, keep nothing
    discarded_ += data.size();
    in_stream_->Consume(data.size());
    if (end || discarded_ > kDiscardBytes) Finish(RelayEnd::kComplete);
    return;
  }
  KeepForReplay(data);
  if (out_stream_) {
    out_stream_->SendData(data, end);
  } else {
    events_.OnRequestHeld();
  }
}

void Relay::OnTrailers(http::Headers trailers) {
  if (over_) return;
  request_ended_ = true;
  if (response_ended_) return Finish(RelayEnd::kComplete);
  stripped_ += trailers.RemovePrefix("herald-");
  if (out_stream_) out_stream_->SendTrailers(trailers);
  trailers_ = std::move(trailers);
}

void Relay::OnSent(size_t n) {
  // What was held had its credit given back when it came.
  size_t given = std::min<uint64_t>(n, released_);
  released_ -= given;
  if (out_stream_ && n > given) out_stream_->Consume(n - given);
}

void Relay::OnReset(http::Reset) {
  if (over_) return;
  out_stream_.reset();  // cancels it: the client has lost interest
  // It may leave in the middle of its request once it has its whole answer.
  Finish(response_ended_ ? RelayEnd::kComplete : RelayEnd::kClientGone);
}

// --- events of `out`

void Relay::Out::OnResponse(http::ResponseHead head, bool end) {
  Relay& relay = relay_;
  if (relay.over_ || relay.committed_ || relay.held_head_) return;
  relay.hold_ = false;
  if (!relay.events_.OnResponseHead(head)) return;
  if (head.informational()) {
    relay.in_stream_->SendResponse(head, false);
  } else if (relay.hold_ && !end) {
    relay.held_head_ = std::move(head);
  } else {
    relay.Commit(head, end);
  }
}

void Relay::Out::OnData(std::string_view data, bool end) {
  Relay& relay = relay_;
  if (relay.over_) return;
  if (relay.held_head_) {
    relay.held_body_.append(data);
    relay.out_stream_->Consume(data.size());
    if (end) relay.Release(std::nullopt);
    return;
  }
  if (!relay.committed_) return;
  if (!data.empty() && !std::exchange(relay.body_began_, true)) {
    relay.events_.OnFirstBytes();
  }
  relay.response_bytes_ += data.size();
  relay.in_stream_->SendData(data, end);
  if (end) relay.ResponseEnded();
}

void Relay::Out::OnTrailers(http::Headers trailers) {
  Relay& relay = relay_;
  if (relay.over_ || !(relay.committed_ || relay.held_head_)) return;
  relay.stripped_ += trailers.RemovePrefix("herald-");
  if (relay.held_head_) return relay.Release(std::move(trailers));
  relay.in_stream_->SendTrailers(trailers);
  relay.ResponseEnded();
}

void Relay::Out::OnSent(size_t n) {
  Relay& relay = relay_;
  relay.sent_this_out_ += n;
  // On a second attempt bytes are sent again that were credited before.
  if (relay.sent_this_out_ <= relay.credited_ || relay.over_) return;
  uint64_t fresh = relay.sent_this_out_ - relay.credited_;
  relay.credited_ += fresh;
  if (relay.replay_.size() > kReplayBytes) {
    relay.replayable_ = false;
    relay.replay_ = std::string();
  }
  relay.in_stream_->Consume(fresh);
}

void Relay::Out::OnReset(http::Reset reason) {
  Relay& relay = relay_;
  if (relay.over_) return;
  relay.out_stream_.reset();
  if (relay.response_ended_) return;
  relay.held_head_.reset();
  relay.held_body_.clear();
  if (!relay.committed_) {
    relay.events_.OnOutFailed(reason);
    return;
  }
  relay.in_stream_->Cancel(reason);
  relay.Finish(RelayEnd::kBroken);
}

// --- events of a second `out`

void Relay::Rival::OnResponse(http::ResponseHead head, bool end) {
  if (won_) return relay_.out_.OnResponse(std::move(head), end);
  if (head.informational()) return;  // those of the first are told
  if (!relay_.events_.OnRivalHead(head)) return relay_.DropRival();
  relay_.PromoteRival();
  relay_.out_.OnResponse(std::move(head), end);
}

void Relay::Rival::OnData(std::string_view data, bool end) {
  if (won_) relay_.out_.OnData(data, end);
}

void Relay::Rival::OnTrailers(http::Headers trailers) {
  if (won_) relay_.out_.OnTrailers(std::move(trailers));
}

void Relay::Rival::OnSent(size_t n) {
  if (won_) return relay_.out_.OnSent(n);
  sent_ += n;
}

void Relay::Rival::OnReset(http::Reset reason) {
  if (won_) return relay_.out_.OnReset(reason);
  relay_.rival_stream_.reset();
  relay_.events_.OnRivalFailed(reason);
}

void Relay::Commit(const http::ResponseHead& head, bool end) {
  committed_ = true;
  replay_ = std::string();
  in_stream_->SendResponse(head, end);
  if (end) ResponseEnded();
}

void Relay::Release(const std::optional<http::Headers>& trailers) {
  http::ResponseHead head = std::move(*held_head_);
  held_head_.reset();
  std::string body = std::exchange(held_body_, {});
  Commit(head, false);
  released_ = response_bytes_ = body.size();
  if (!body.empty() || !trailers) in_stream_->SendData(body, !trailers);
  if (trailers) in_stream_->SendTrailers(*trailers);
  ResponseEnded();
}

void Relay::ResponseEnded() {
  response_ended_ = true;
  if (request_ended_) return Finish(RelayEnd::kComplete);
  out_stream_.reset();  // it answered early and wants no more
  in_stream_->Consume(received_ - credited_);
  credited_ = received_;
}

void Relay::Finish(RelayEnd end) {
  if (over_) return;
  over_ = true;
  out_stream_.reset();
  rival_stream_.reset();
  in_stream_.reset();
  events_.OnRelayEnd(end);
}

}  // namespace herald::call
