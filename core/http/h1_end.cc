// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_end.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::http {

H1Stream::~H1Stream() {
  if (end_ != nullptr) end_->Drop(Reset::kCancelled);
}

void H1Stream::SendResponse(const ResponseHead& head, bool end) {
  if (end_ != nullptr) end_->Respond(head, end);
}

void H1Stream::SendData(std::string_view data, bool end) {
  if (end_ != nullptr) end_->SendData(data, end);
}

void H1Stream::SendTrailers(const Headers& trailers) {
  if (end_ != nullptr) end_->SendTrailers(trailers);
}

void H1Stream::Cancel(Reset reason) {
  if (end_ != nullptr) std::exchange(end_, nullptr)->Drop(reason);
}

void H1Stream::Consume(size_t n) {
  if (end_ != nullptr) end_->Consume(n);
}

H1End::H1End(const Limits& limits, CodecEvents& events)
    : limits_(limits), events_(events), reader_(limits) {}

H1End::~H1End() {
  HERALD_CHECK(stream_ == nullptr, "the derived end has reported a reset");
}

void H1End::Touch() {
  if (inside_ == 0) events_.OnCodecActivity();
}

void H1End::Close() {
  done_ = true;
  view_ = {};  // Pump forgets the stash; a piece in use may be a view into it
}

// --- Codec's methods -------------------------------------------------------

void H1End::FeedBytes(std::string_view bytes, Time now) {
  now_ = now;
  if (!done_) Pump(bytes);
}

void H1End::FeedEof(Time now) {
  now_ = now;
  eof_ = true;
  if (!done_) Pump({});
}

std::string_view H1End::PumpAndView() {
  if (!done_) Pump({});
  return out_.View();
}

void H1End::TakeWritten(size_t n) {
  ++inside_;
  if (n > 0) something_written_ = true;
  size_t body = out_.Wrote(n);
  if (body > 0 && stream_ != nullptr) stream_->events()->OnSent(body);
  --inside_;
}

bool H1End::InputWanted() const {
  if (done_ || eof_) return false;
  if (!open_) return true;
  // Bytes held back wait for the exchange before to end, or for credit.
  if (incoming_over_) return stash_.empty();
  return !blocked_ && unconsumed_ < limits_.body_window;
}

void H1End::Pump(std::string_view bytes) {
  ++inside_;
  if (stash_.empty()) {
    view_ = bytes;
    Advance();
    stash_.assign(view_);
  } else {
    stash_.append(bytes);
    view_ = stash_;
    Advance();
    stash_.erase(0, stash_.size() - view_.size());
  }
  view_ = {};
  --inside_;
}

// --- The incoming half -----------------------------------------------------

void H1End::PumpBody() {
  while (open_ && !incoming_over_) {
    size_t credit = discard_left_;
    if (stream_ != nullptr) {
      credit = limits_.body_window - std::min(unconsumed_, limits_.body_window);
    }
    H1BodyReader::Step step = reader_.Next(view_, credit);
    switch (step.kind) {
      case H1BodyReader::Kind::kMore: {
        bool starved = eof_ && view_.empty();
        blocked_ = credit == 0;
        if (starved && reader_.until_eof()) {
          Deliver({H1BodyReader::Kind::kPiece, {}, true});
        } else if (eof_ && credit > 0) {
          OnBodyFault({400, "the body is shorter than declared"});
        }
        return;
      }
      case H1BodyReader::Kind::kFault:
        OnBodyFault(reader_.fault());
        return;
      case H1BodyReader::Kind::kPiece:
      case H1BodyReader::Kind::kTrailers:
        Deliver(step);
        // What is open now may be the next exchange, begun by who heard this.
        if (step.last) return;
    }
  }
}

void H1End::Deliver(const H1BodyReader::Step& step) {
  incoming_over_ = step.last;
  if (stream_ == nullptr) {
    discard_left_ -= step.data.size();
  } else if (step.kind == H1BodyReader::Kind::kTrailers) {
    stream_->events()->OnTrailers(reader_.TakeTrailers());
  } else {
    unconsumed_ += step.data.size();
    stream_->events()->OnData(step.data, step.last);
  }
  CheckOver();
}

void H1End::Consume(size_t n) {
  HERALD_CHECK(n <= unconsumed_, "more credit than was used");
  unconsumed_ -= n;
  Touch();
}

// --- The outgoing half -----------------------------------------------------

void H1End::SendData(std::string_view data, bool end) {
  HERALD_CHECK(!outgoing_over_, "data after the end");
  writer_.Data(data, end, out_);
  outgoing_over_ = end;
  AfterSending();
}

void H1End::SendTrailers(const Headers& trailers) {
  HERALD_CHECK(!outgoing_over_, "trailers after the end");
  writer_.Trailers(trailers, out_);
  outgoing_over_ = true;
  AfterSending();
}

void H1End::AfterSending() {
  // A body unlike its declared length must be the last thing on this
  // connection; Advance reports it.
  if (!writer_.broken()) CheckOver();
  Touch();
}

// --- The exchange ----------------------------------------------------------

void H1End::BeginExchange(H1Stream* stream) {
  HERALD_CHECK(!open_ && stream_ == nullptr, "one exchange at a time");
  stream_ = stream;
  open_ = true;
  incoming_over_ = outgoing_over_ = something_written_ = false;
  blocked_ = false;
  unconsumed_ = discard_left_ = 0;
  out_.ForgetBody();
}

void H1End::Detach() {
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->Forget();
}

void H1End::CheckOver() {
  if (!open_ || !incoming_over_ || !outgoing_over_) return;
  if (writer_.broken()) return;
  Detach();
  open_ = false;
  out_.ForgetBody();
  OnExchangeOver();
  if (!stash_.empty() || done_) Touch();
}

void H1End::Break(Reset reason) {
  open_ = false;
  if (stream_ == nullptr) return;
  StreamEvents* events = stream_->events();
  Detach();
  if (events != nullptr) events->OnReset(reason);
}

void H1End::Drop(Reset reason) {
  if (incoming_over_ && outgoing_over_ && !writer_.broken()) {
    CheckOver();
  } else {
    OnDropped(reason);
    stream_ = nullptr;
  }
  Touch();
}

}  // namespace herald::http
