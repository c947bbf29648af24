// SPDX-License-Identifier: Apache-2.0
#include "core/http/h2_end.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/http/h2_fields.h"
#include "core/http/h2_session.h"
#include "nghttp2/nghttp2.h"

namespace herald::http {
namespace {

// Written bytes are moved out of the way only when they are many.
constexpr size_t kShrinkFrom = 64 * 1024;

bool EndsStream(const nghttp2_frame& frame) {
  return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

}  // namespace

void H2Outbox::Take(size_t n) {
  taken_ += n;
  if (taken_ == bytes_.size()) {
    Clear();
  } else if (taken_ >= kShrinkFrom && taken_ >= bytes_.size() / 2) {
    bytes_.erase(0, taken_);
    taken_ = 0;
  }
}

void H2Outbox::Clear() {
  bytes_.clear();
  bytes_.shrink_to_fit();
  taken_ = 0;
}

H2End::H2End(Side side, const Limits& limits, CodecEvents& events)
    : limits_(limits), events_(events), side_(side) {
  session_ = MakeH2Session(side == Side::kServer, limits, this);
}

H2End::~H2End() {
  HERALD_CHECK(exchanges_.empty(), "the derived end has failed them");
  nghttp2_session_del(session_);
}

void H2End::Touch() {
  if (inside_ == 0) events_.OnCodecActivity();
}

// --- Codec's methods -------------------------------------------------------

void H2End::FeedBytes(std::string_view bytes, Time now) {
  now_ = now;
  if (dead_ || bytes.empty()) return;
  ++inside_;
  nghttp2_ssize taken = nghttp2_session_mem_recv2(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  // Errors of the peer are answered with a GOAWAY by nghttp2 itself; what is
  // left is a connection that cannot even be answered.
  if (taken < 0) Fail(Reset::kLost);
  --inside_;
}

void H2End::FeedEof() {
  ++inside_;
  Fail(side_ == Side::kServer ? Reset::kCancelled : Reset::kLost);
  --inside_;
}

std::string_view H2End::PumpAndView() {
  ++inside_;
  while (!dead_) {
    const uint8_t* bytes = nullptr;
    nghttp2_ssize size = nghttp2_session_mem_send2(session_, &bytes);
    if (size < 0) Fail(Reset::kLost);
    if (size <= 0) break;
    out_.append(reinterpret_cast<const char*>(bytes),
                static_cast<size_t>(size));
  }
  --inside_;
  return std::string_view(out_).substr(written_);
}

void H2End::TakeWritten(size_t n) {
  HERALD_CHECK(n <= out_.size() - written_, "more written than there was");
  ++inside_;
  written_ += n;
  while (!marks_.empty() && marks_.front().end <= out_begin_ + written_) {
    SentMark mark = marks_.front();
    marks_.pop_front();
    H2Exchange* exchange = Find(mark.id);
    if (exchange != nullptr && exchange->events != nullptr) {
      exchange->events->OnSent(mark.bytes);
    }
  }
  if (written_ == out_.size() ||
      (written_ >= kShrinkFrom && written_ >= out_.size() / 2)) {
    out_.erase(0, written_);
    out_begin_ += written_;
    written_ = 0;
    if (out_.empty() && out_.capacity() > kShrinkFrom) out_.shrink_to_fit();
  }
  --inside_;
}

bool H2End::finished() const {
  return dead_ || nghttp2_session_want_read(session_) == 0;
}

// --- The table -------------------------------------------------------------

H2Exchange& H2End::AddExchange(int32_t id) {
  auto exchange = std::make_unique<H2Exchange>();
  exchange->id = id;
  H2Exchange& result = *exchange;
  exchanges_[id] = std::move(exchange);
  return result;
}

H2Exchange* H2End::Find(int32_t id) {
  auto found = exchanges_.find(id);
  return found == exchanges_.end() ? nullptr : found->second.get();
}

void H2End::Detach(H2Exchange& exchange) {
  exchange.events = nullptr;
  if (exchange.stream == nullptr) return;
  std::exchange(exchange.stream, nullptr)->Forget();
  // What the user still held counts against the connection no more.
  Discard(exchange.id, std::exchange(exchange.unconsumed, 0));
}

void H2End::CheckOver(H2Exchange& exchange) {
  if (exchange.incoming_over && exchange.outgoing_over) Detach(exchange);
}

void H2End::Fail(Reset reason) {
  dead_ = true;
  // In the order of the streams, so that it is the same every time.
  std::vector<int32_t> ids;
  for (const auto& [id, exchange] : exchanges_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (int32_t id : ids) {
    std::unique_ptr<H2Exchange> exchange = std::move(exchanges_[id]);
    exchanges_.erase(id);
    StreamEvents* events = exchange->events;
    bool unsent = side_ == Side::kClient && !exchange->headers_sent;
    Detach(*exchange);
    if (events != nullptr) events->OnReset(unsent ? Reset::kNotSent : reason);
  }
}

void H2End::Abort(H2Exchange& exchange, Reset reason) {
  StreamEvents* events = exchange.events;
  exchange.outbox.Clear();
  Detach(exchange);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.id,
                            CodeOf(reason));
  if (events != nullptr) events->OnReset(reason);
}

// --- The incoming half -----------------------------------------------------

void H2End::OnBeginHeaders(const nghttp2_frame& frame) {
  H2Exchange* exchange = Find(frame.hd.stream_id);
  if (exchange == nullptr) {
    if (side_ == Side::kClient) return;
    exchange = &AddExchange(frame.hd.stream_id);
  }
  exchange->builder.emplace(Wire::kHttp2, SectionOf(*exchange), limits_);
}

// After an error the rest of the section is only skipped; it is reported when
// the section is whole, for nghttp2 must decode it anyway.
void H2End::OnField(int32_t id, std::string_view name, std::string_view value) {
  H2Exchange* exchange = Find(id);
  if (exchange != nullptr && exchange->builder.has_value()) {
    exchange->builder->Add(name, value);
  }
}

void H2End::OnFrame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PING) {
    if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) OnPingAck();
    return;
  }
  bool message =
      frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
  H2Exchange* exchange = message ? Find(frame.hd.stream_id) : nullptr;
  if (exchange == nullptr) return;
  if (frame.hd.type == NGHTTP2_HEADERS) {
    OnHeadersWhole(*exchange, EndsStream(frame));
  } else if (EndsStream(frame)) {
    FinishIncoming(*exchange);
  }
}

void H2End::OnHeadersWhole(H2Exchange& exchange, bool end) {
  if (!exchange.builder.has_value()) return;
  Section section = SectionOf(exchange);
  OnSection(exchange, section, exchange.builder->error(), end);
}

void H2End::OnBody(int32_t id, std::string_view bytes) {
  H2Exchange* exchange = Find(id);
  if (exchange == nullptr) {
    Discard(id, bytes.size());
    return;
  }
  // Counted also where nobody listens any more: a body that came whole is no
  // error of the peer's, and its end must not look like one.
  const bool fits = exchange->length.Add(bytes.size());
  if (!fits || exchange->events == nullptr) {
    Discard(id, bytes.size());
    if (!fits) Abort(*exchange, Reset::kProtocol);
    return;
  }
  exchange->unconsumed += bytes.size();
  exchange->events->OnData(bytes, false);
}

void H2End::FinishIncoming(H2Exchange& exchange) {
  if (!exchange.length.Complete()) {
    Abort(exchange, Reset::kProtocol);
    return;
  }
  exchange.incoming_over = true;
  if (exchange.events != nullptr) exchange.events->OnData({}, true);
  // The exchange stays until nghttp2 closes it, whatever the user did.
  CheckOver(exchange);
}

void H2End::TakeTrailers(H2Exchange& exchange, bool end) {
  Headers trailers;
  HeadError error = exchange.builder->FinishTrailers(trailers);
  exchange.builder.reset();
  if (error != HeadError::kNone || !end || !exchange.length.Complete()) {
    Abort(exchange,
          error == HeadError::kNone ? Reset::kProtocol : ToReset(error));
    return;
  }
  exchange.incoming_over = true;
  if (exchange.events != nullptr) {
    exchange.events->OnTrailers(std::move(trailers));
  }
  CheckOver(exchange);
}

// Gives credit for bytes nobody will.
void H2End::Discard(int32_t id, size_t n) {
  if (n == 0 || dead_) return;
  // For a stream that is gone this still credits the connection.
  nghttp2_session_consume(session_, id, n);
  Touch();
}

void H2End::Consume(H2Exchange& exchange, size_t n) {
  HERALD_CHECK(n <= exchange.unconsumed, "more credit than was used");
  exchange.unconsumed -= n;
  Discard(exchange.id, n);
}

// --- The outgoing half -----------------------------------------------------

void H2End::SendData(H2Exchange& exchange, std::string_view data, bool end) {
  HERALD_CHECK(!exchange.outgoing_over, "data after the end");
  bool whole = exchange.outgoing_length.Add(data.size()) &&
               (!end || exchange.outgoing_length.Complete());
  if (!whole) {
    // A body unlike its declared length: never let it look complete.
    Drop(exchange, Reset::kInternal);
    return;
  }
  exchange.outbox.Append(data);
  exchange.outgoing_over = end;
  Wake(exchange);
}

void H2End::SendTrailers(H2Exchange& exchange, const Headers& trailers) {
  HERALD_CHECK(!exchange.outgoing_over, "trailers after the end");
  if (!exchange.outgoing_length.Complete()) {
    Drop(exchange, Reset::kInternal);
    return;
  }
  if (!trailers.empty()) exchange.trailers = trailers;
  exchange.outgoing_over = true;
  Wake(exchange);
}

void H2End::Wake(H2Exchange& exchange) {
  if (std::exchange(exchange.deferred, false)) {
    nghttp2_session_resume_data(session_, exchange.id);
  }
  CheckOver(exchange);
  Touch();
}

// How many bytes of body the next DATA frame takes; WriteBody follows.
long H2End::ReadBody(H2Exchange& exchange, size_t length, uint32_t& flags) {
  size_t waiting = exchange.outbox.View().size();
  size_t take = std::min(waiting, length);
  if (take == 0 && !exchange.outgoing_over) {
    exchange.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (take > 0) flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (take == waiting && exchange.outgoing_over) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (exchange.trailers.has_value()) {
      flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      H2Fields fields(*exchange.trailers);
      nghttp2_submit_trailer(session_, exchange.id, fields.data(),
                             fields.size());
    }
  }
  return static_cast<long>(take);
}

void H2End::WriteBody(int32_t id, const uint8_t* frame_head, size_t length) {
  constexpr size_t kFrameHead = 9;  // RFC 9113 §4.1
  out_.append(reinterpret_cast<const char*>(frame_head), kFrameHead);
  H2Exchange* exchange = Find(id);
  HERALD_CHECK(exchange != nullptr, "ReadBody has just found it");
  out_.append(exchange->outbox.View().substr(0, length));
  exchange->outbox.Take(length);
  marks_.push_back({out_begin_ + out_.size(), id, length});
}

void H2End::OnFrameSent(const nghttp2_frame& frame) {
  bool message =
      frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
  H2Exchange* exchange = message ? Find(frame.hd.stream_id) : nullptr;
  if (exchange == nullptr) return;
  exchange->headers_sent = true;
  if (!EndsStream(frame)) return;
  exchange->end_sent = true;
  if (exchange->reset_after_end) {
    // RFC 9113 §8.1: the rest of the request is of no use.
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange->id,
                              NGHTTP2_NO_ERROR);
  }
}

// --- Ends ------------------------------------------------------------------

void H2End::Drop(H2Exchange& exchange, Reset reason) {
  // A handler that lets the stream go before it has set events.
  if (exchange.events == nullptr) reason = Reset::kRefused;
  Detach(exchange);
  bool answered = side_ == Side::kServer && exchange.outgoing_over;
  if (answered && !exchange.end_sent) {
    exchange.reset_after_end = true;
  } else {
    exchange.outbox.Clear();
    uint32_t code = CodeOf(reason);
    if (answered) code = NGHTTP2_NO_ERROR;
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.id, code);
  }
  Touch();
}

// A response or trailers that nghttp2 will not send, for their size. Silence
// would leave the peer waiting.
void H2End::OnHeadersUnsent(int32_t id) {
  H2Exchange* exchange = Find(id);
  if (exchange != nullptr) Abort(*exchange, Reset::kInternal);
}

void H2End::OnClosed(int32_t id, uint32_t code) {
  auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  std::unique_ptr<H2Exchange> exchange = std::move(found->second);
  exchanges_.erase(found);
  StreamEvents* events = exchange->events;
  bool unsent = side_ == Side::kClient && !exchange->headers_sent;
  bool answered = exchange->response_begun || side_ == Side::kServer;
  Detach(*exchange);
  if (events == nullptr) return;
  events->OnReset(unsent ? Reset::kNotSent : ResetOf(code, answered));
}

}  // namespace herald::http
