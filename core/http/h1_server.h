// SPDX-License-Identifier: Apache-2.0
//
// The server end of an HTTP/1.1 connection: requests come in, one after the
// other however fast they were sent (pipelining), responses go out in that
// order. HTTP/1.0 clients are served without chunks and interim responses.
//
// Where the response ends before the request does, the rest of the request is
// read and dropped for a while, so that the client sees the response and not a
// reset (RFC 9112 §9.6).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/http/codec.h"
#include "core/http/h1_end.h"
#include "core/http/h1_head.h"
#include "core/http/message.h"

namespace herald::http {

// Owned by the connection shell. `handler` and `events` must outlive it.
class H1Server final : public Codec, private H1End {
 public:
  H1Server(const Limits& limits, RequestHandler& handler, CodecEvents& events);
  ~H1Server() override;

  void Feed(std::string_view bytes, Time now) override {
    FeedBytes(bytes, now);
  }
  void OnEof(Time now) override { FeedEof(now); }
  std::string_view Output() override { return PumpAndView(); }
  void Wrote(size_t n) override { TakeWritten(n); }
  bool WantsInput() const override { return InputWanted(); }
  bool done() const override { return done_; }
  void Drain() override;
  size_t open_streams() const override { return open_ ? 1 : 0; }
  Time NextDeadline() const override;
  void OnDeadline(Time now) override;

 private:
  // H1End
  void Respond(const ResponseHead& head, bool end) override;
  void Advance() override;
  void OnBodyFault(const H1Fault& fault) override;
  void OnDropped(Reset reason) override;
  void OnExchangeOver() override;

  bool TakeHead();
  void HandOver(H1Request request);
  H1Envelope EnvelopeOf(const ResponseHead& head, bool end) const;
  void Refuse(int status, std::string_view sentence);

  RequestHandler& handler_;
  HeadScanner scanner_;
  Time head_deadline_ = kNever;    // of the head that has begun
  Time linger_deadline_ = kNever;  // of a request body nobody wants
  bool blank_line_passed_ = false;

  // Of the open exchange.
  std::string method_;
  int minor_ = 1;
  bool close_after_ = false;
  bool keep_alive_asked_ = false;
  bool continue_awaited_ = false;
  bool head_sent_ = false;
};

}  // namespace herald::http
