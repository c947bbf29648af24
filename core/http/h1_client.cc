// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_client.h"

#include <utility>

#include "core/base/check.h"

namespace herald::http {
namespace {

// Methods whose requests are understood to have a body: without one they say
// so (RFC 9110 §8.6).
bool ImpliesBody(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

H1Envelope EnvelopeOf(const RequestHead& head, bool end) {
  H1Envelope envelope;
  envelope.length = head.content_length;
  if (end && !envelope.length && ImpliesBody(head.method)) envelope.length = 0;
  if (envelope.length.has_value()) {
    envelope.mode = H1BodyMode::kLength;
  } else if (!end) {
    envelope.mode = H1BodyMode::kChunks;
  }
  return envelope;
}

}  // namespace

H1Client::H1Client(const Limits& limits, CodecEvents& events)
    : H1End(limits, events), scanner_(Section::kResponse, limits) {}

H1Client::~H1Client() { Break(LostReason()); }

Reset H1Client::LostReason() const {
  return something_written_ ? Reset::kLost : Reset::kNotSent;
}

std::unique_ptr<Stream> H1Client::Open(const RequestHead& head, bool end,
                                       StreamEvents* events) {
  HERALD_CHECK(CanOpen(), "REQUIRES of Open");
  auto stream = std::make_unique<H1Stream>(static_cast<H1End*>(this), events);
  BeginExchange(stream.get());
  method_ = head.method;
  final_head_seen_ = false;
  interim_heads_ = 0;
  scanner_.Restart();
  H1Envelope envelope = EnvelopeOf(head, end);
  AppendRequestHead(head, envelope, out_.text());
  writer_.Start(envelope);
  if (end) {
    SendData({}, true);
  } else {
    Touch();
  }
  return stream;
}

void H1Client::Respond(const ResponseHead&, bool) {
  HERALD_CHECK(false, "a client end sends no response");
}

void H1Client::Advance() {
  while (!done_) {
    if (open_ && writer_.broken()) {
      Close();
      Break(Reset::kInternal);
    } else if (!open_ || incoming_over_) {
      OnLeftoverInput();
      return;
    } else if (!final_head_seen_) {
      if (!TakeHead()) return;
    } else {
      PumpBody();
      if (open_ && !incoming_over_) return;
    }
  }
}

// Nothing may come while no response is awaited.
void H1Client::OnLeftoverInput() {
  if (view_.empty() && !eof_) return;
  reuse_ = false;
  view_ = {};
  if (!open_) {
    Close();
  } else if (eof_) {
    // The response is whole; nobody there reads the rest of the request.
    Close();
    Break(Reset::kCancelled);
  }
}

bool H1Client::TakeHead() {
  switch (scanner_.Scan(view_)) {
    case HeadScanner::Result::kMore:
      if (eof_) {
        Close();
        Break(LostReason());
      }
      return false;
    case HeadScanner::Result::kFault:
      OnBodyFault(scanner_.fault());
      return false;
    case HeadScanner::Result::kWhole:
      break;
  }
  H1Response response;
  std::string_view block = view_.substr(0, scanner_.size());
  if (auto fault = ParseResponse(block, limits_, response)) {
    OnBodyFault(*fault);
    return false;
  }
  view_.remove_prefix(block.size());
  scanner_.Restart();
  if (response.head.informational() && ++interim_heads_ > kMaxInterimHeads) {
    OnBodyFault({400, "too many interim responses"});
    return false;
  }
  if (response.head.informational()) {
    stream_->events()->OnResponse(std::move(response.head), false);
  } else {
    TakeFinalHead(std::move(response));
  }
  return true;
}

void H1Client::TakeFinalHead(H1Response response) {
  final_head_seen_ = true;
  reuse_ = KeepsAlive(response.framing, response.minor);
  if (!ResponseMayHaveBody(method_, response.head.status)) {
    reader_.StartNothing();
  } else if (response.framing.chunked) {
    reader_.StartChunks();
  } else if (response.head.content_length.has_value()) {
    reader_.StartLength(*response.head.content_length);
  } else {
    reader_.StartUntilEof();
    reuse_ = false;
  }
  incoming_over_ = reader_.over();
  stream_->events()->OnResponse(std::move(response.head), incoming_over_);
  CheckOver();
}

void H1Client::OnBodyFault(const H1Fault& fault) {
  Close();
  Break(fault.reset);
}

void H1Client::OnDropped(Reset) {
  // What was not written yet need not be.
  out_.Clear();
  Close();
  open_ = false;
}

void H1Client::OnExchangeOver() {
  if (!reuse_ || draining_) Close();
}

void H1Client::Drain() {
  draining_ = true;
  if (!open_ && !done_) Close();
  Touch();
}

}  // namespace herald::http
