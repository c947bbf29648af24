// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_server.h"

#include <chrono>
#include <utility>

#include "core/base/check.h"

namespace herald::http {
namespace {

// A local agent writes a head in one piece; one that needs longer is stuck or
// hostile (slowloris).
constexpr Duration kHeadTime = std::chrono::seconds(5);

// How long the rest of an unwanted request body is read and dropped.
constexpr Duration kLingerTime = std::chrono::seconds(5);

}  // namespace

H1Server::H1Server(const Limits& limits, RequestHandler& handler,
                   CodecEvents& events)
    : H1End(limits, events),
      handler_(handler),
      scanner_(Section::kRequest, limits) {}

H1Server::~H1Server() { Break(Reset::kCancelled); }

// --- Requests --------------------------------------------------------------

void H1Server::Advance() {
  while (!done_) {
    if (open_ && writer_.broken()) {
      Close();
      Break(Reset::kInternal);
    } else if (!open_) {
      if (!TakeHead()) return;
    } else {
      PumpBody();
      bool enough = stream_ == nullptr && discard_left_ == 0;
      if (open_ && !incoming_over_ && enough) {
        Close();
        open_ = false;
      }
      if (open_) return;
    }
  }
}

// True when a request was handed over.
bool H1Server::TakeHead() {
  if (!blank_line_passed_ && view_.substr(0, 2) == "\r\n") {
    // RFC 9112 §2.2 asks to bear one, which old clients send after a body.
    view_.remove_prefix(2);
    blank_line_passed_ = true;
  }
  if (view_.empty() || (!blank_line_passed_ && view_ == "\r")) {
    if (eof_ || draining_) Close();
    return false;
  }
  switch (scanner_.Scan(view_)) {
    case HeadScanner::Result::kMore:
      if (head_deadline_ == kNever) head_deadline_ = now_ + kHeadTime;
      if (eof_) Close();
      return false;
    case HeadScanner::Result::kFault:
      Refuse(scanner_.fault().status, scanner_.fault().sentence);
      return false;
    case HeadScanner::Result::kWhole:
      break;
  }
  head_deadline_ = kNever;
  H1Request request;
  std::string_view block = view_.substr(0, scanner_.size());
  if (auto fault = ParseRequest(block, limits_, request)) {
    Refuse(fault->status, fault->sentence);
    return false;
  }
  view_.remove_prefix(block.size());
  HandOver(std::move(request));
  return true;
}

void H1Server::HandOver(H1Request request) {
  RequestHead& head = request.head;
  method_ = head.method;
  minor_ = request.minor;
  close_after_ = !KeepsAlive(request.framing, minor_);
  keep_alive_asked_ = request.framing.keep_alive;
  continue_awaited_ = head.expects_continue;
  head_sent_ = false;
  auto stream = std::make_unique<H1Stream>(static_cast<H1End*>(this));
  BeginExchange(stream.get());
  writer_.Start({});
  if (request.framing.chunked) {
    reader_.StartChunks();
  } else {
    reader_.StartLength(head.content_length.value_or(0));
  }
  incoming_over_ = reader_.over();
  handler_.OnRequest(std::move(head), std::move(stream), incoming_over_);
  HERALD_CHECK(stream_ == nullptr || stream_->events() != nullptr,
               "the handler has set events or let the stream go");
}

void H1Server::Refuse(int status, std::string_view sentence) {
  AppendRefusal(status, sentence, out_.text());
  Close();
}

void H1Server::OnBodyFault(const H1Fault& fault) {
  bool answered = head_sent_ || stream_ == nullptr || eof_;
  if (answered) {
    Close();
  } else {
    Refuse(fault.status, fault.sentence);
  }
  Break(fault.reset);
}

// --- Responses -------------------------------------------------------------

void H1Server::Respond(const ResponseHead& head, bool end) {
  HERALD_CHECK(!head_sent_, "one final head");
  if (head.informational()) {
    if (head.status == 100) continue_awaited_ = false;
    // HTTP/1.0 has none (RFC 9110 §15.2).
    if (minor_ >= 1) AppendResponseHead(head, {}, out_.text());
    Touch();
    return;
  }
  head_sent_ = true;
  // Who was told to wait for 100 may never send its body.
  bool body_may_stay_away = continue_awaited_ && !incoming_over_;
  close_after_ |= draining_ || body_may_stay_away;
  H1Envelope envelope = EnvelopeOf(head, end);
  if (envelope.mode == H1BodyMode::kUntilClose) close_after_ = true;
  if (close_after_) {
    envelope.persistence = H1Persistence::kClose;
  } else if (minor_ == 0 && keep_alive_asked_) {
    envelope.persistence = H1Persistence::kKeepAlive;
  }
  AppendResponseHead(head, envelope, out_.text());
  writer_.Start(envelope);
  if (end) {
    SendData({}, true);
  } else {
    Touch();
  }
}

H1Envelope H1Server::EnvelopeOf(const ResponseHead& head, bool end) const {
  H1Envelope envelope;
  envelope.length = head.content_length;
  if (!ResponseMayHaveBody(method_, head.status)) {
    if (head.status == 204) envelope.length.reset();
    return envelope;
  }
  if (end && !envelope.length) envelope.length = 0;
  envelope.mode = envelope.length ? H1BodyMode::kLength
                  : minor_ >= 1   ? H1BodyMode::kChunks
                                  : H1BodyMode::kUntilClose;
  return envelope;
}

// --- Ends ------------------------------------------------------------------

void H1Server::OnExchangeOver() {
  scanner_.Restart();
  blank_line_passed_ = false;
  linger_deadline_ = kNever;
  if (close_after_ || draining_) Close();
}

void H1Server::OnDropped(Reset) {
  bool refused = !head_sent_ && stream_->events() == nullptr;
  if (refused) {
    Refuse(503, "the request was refused");
    open_ = false;
  } else if (outgoing_over_ && !writer_.broken()) {
    // The response is whole: let the client see it.
    discard_left_ = limits_.body_window;
    linger_deadline_ = now_ + kLingerTime;
  } else {
    Close();  // in the middle of the body, or before it: plain to see
    open_ = false;
  }
}

void H1Server::Drain() {
  draining_ = true;
  close_after_ = true;
  bool idle = !open_ && !scanner_.started();
  if (!done_ && idle) Close();
  Touch();
}

Time H1Server::NextDeadline() const {
  if (done_) return kNever;
  return open_ ? linger_deadline_ : head_deadline_;
}

void H1Server::OnDeadline(Time now) {
  now_ = now;
  if (now < NextDeadline()) return;
  if (open_) {
    Close();
    open_ = false;
  } else {
    Refuse(408, "the request head took too long");
  }
}

}  // namespace herald::http
