// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/conversation.h"

#include <utility>

#include "sdk/src/outcome.h"

namespace herald::sdk {
namespace {

// What is kept of the body of an erring answer; a problem document has some
// hundred bytes.
constexpr size_t kErrorBody = 1u << 20;

}  // namespace

Conversation::~Conversation() {
  // The stream goes before the connection under it.
  stream_.reset();
  std::lock_guard lock(connection_mutex_);
  connection_.reset();
}

void Conversation::FailBeforehand(Outcome outcome, const std::string& detail) {
  concluded_ = true;
  Fail(outcome, detail, &reply_);
}

void Conversation::Begin(std::unique_ptr<Connection> connection,
                         const http::RequestHead& head, bool end) {
  {
    std::lock_guard lock(connection_mutex_);
    connection_ = std::move(connection);
  }
  sent_before_ = connection_->wire().bytes_sent();
  out_ended_ = end;
  stream_ = connection_->codec().Open(head, end, this);
}

bool Conversation::Send(std::string_view piece, bool end) {
  if (concluded_ || out_ended_ || over()) return false;
  unsent_ += piece.size();
  out_ended_ = end;
  stream_->SendData(piece, end);
  connection_->Turn(Now(), events_);  // an end without bytes has to leave, too
  while (unsent_ > 0 && !over()) {
    if (!Pump(false)) return false;
  }
  return unsent_ == 0;
}

bool Conversation::AwaitHead() {
  while (!concluded_ && !head_came_ && !over()) Pump();
  if (concluded_) return head_came_;
  if (!head_came_) {
    ConcludeEnd();
  } else if (reply_.status >= 400) {
    CollectError();
  }
  return head_came_;
}

std::optional<std::string> Conversation::Next() {
  if (!AwaitHead()) return std::nullopt;
  while (!concluded_ && buffer_.empty() && !over()) Pump();
  if (concluded_) return std::nullopt;
  if (buffer_.empty()) {
    ConcludeEnd();
    return std::nullopt;
  }
  std::string piece = std::move(buffer_);
  buffer_.clear();
  if (!over()) stream_->Consume(piece.size());
  return piece;
}

void Conversation::Cancel() {
  cancelled_ = true;
  std::lock_guard lock(connection_mutex_);
  if (connection_ != nullptr) connection_->wire().Shutdown();
}

std::unique_ptr<Connection> Conversation::Release() {
  bool whole = in_ended_ && out_ended_ && unsent_ == 0 && !cancelled_;
  if (!whole) return nullptr;
  stream_.reset();
  std::lock_guard lock(connection_mutex_);
  return std::move(connection_);
}

bool Conversation::Pump(bool awaited) {
  if (cancelled_) {
    Stop(Outcome::kCancelled, "the call was cancelled");
    return false;
  }
  Wire::Result result = connection_->Turn(deadline_, events_);
  if (over()) return true;
  if (result == Wire::Result::kTimeout) {
    Stop(Outcome::kDeadline, "no answer within the call's timeout");
    return false;
  }
  if (result == Wire::Result::kClosed) {
    if (!awaited) return false;
    // The codec has been told of the end; one that kept silent has no more to
    // say.
    reset_ = http::Reset::kLost;
  }
  return true;
}

// The body of an answer of 400 or above, up to a bound.
void Conversation::CollectError() {
  while (!concluded_ && !over() && reply_.body.size() < kErrorBody) {
    Pump();
    if (!over()) stream_->Consume(buffer_.size());
    reply_.body += buffer_;
    buffer_.clear();
  }
  reply_.body += buffer_;
  buffer_.clear();
  if (concluded_) return;
  concluded_ = true;
  Conclude(&reply_);
}

void Conversation::ConcludeEnd() {
  concluded_ = true;
  if (!reset_) return Conclude(&reply_);
  if (cancelled_) {
    return Fail(Outcome::kCancelled, "the call was cancelled", &reply_);
  }
  nothing_sent_ = connection_->wire().bytes_sent() == sent_before_;
  lost_on_used_ = !head_came_ && connection_->used();
  http::Reset reason = nothing_sent_ ? http::Reset::kNotSent : *reset_;
  ConcludeReset(reason, head_came_, &reply_);
}

void Conversation::Stop(Outcome outcome, const std::string& detail) {
  concluded_ = true;
  stream_->Cancel(http::Reset::kCancelled);
  Fail(outcome, detail, &reply_);
}

void Conversation::OnSent(size_t n) {
  ++events_;
  unsent_ -= n;
}

void Conversation::OnReset(http::Reset reason) {
  ++events_;
  reset_ = reason;
}

void Conversation::OnResponse(http::ResponseHead head, bool end) {
  ++events_;
  if (head.informational()) return;
  head_came_ = true;
  in_ended_ = end;
  TakeHead(head, &reply_);
}

void Conversation::OnData(std::string_view data, bool end) {
  ++events_;
  buffer_.append(data);
  in_ended_ = end;
}

void Conversation::OnTrailers(http::Headers) {
  ++events_;
  in_ended_ = true;
}

}  // namespace herald::sdk
