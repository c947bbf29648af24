// SPDX-License-Identifier: Apache-2.0
//
// The client end of an HTTP/1.1 connection: one request at a time, on a
// connection that is kept while both ends agree on where messages end. After
// any doubt (a malformed response, bytes nobody asked for, a request cut
// short) it is not used again.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/http/codec.h"
#include "core/http/h1_end.h"
#include "core/http/h1_head.h"
#include "core/http/message.h"

namespace herald::http {

// Owned by the connection shell. `events` must outlive it.
class H1Client final : public ClientCodec, private H1End {
 public:
  H1Client(const Limits& limits, CodecEvents& events);
  ~H1Client() override;

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
  // Calls know their own deadlines and cancel.
  Time NextDeadline() const override { return kNever; }
  void OnDeadline(Time) override {}

  bool CanOpen() const override { return !open_ && !done_ && !draining_; }
  std::unique_ptr<Stream> Open(const RequestHead& head, bool end,
                               StreamEvents* events) override;

 private:
  // H1End
  void Respond(const ResponseHead& head, bool end) override;
  void Advance() override;
  void OnBodyFault(const H1Fault& fault) override;
  void OnDropped(Reset reason) override;
  void OnExchangeOver() override;

  // True when a head was taken; there may be another one behind it.
  bool TakeHead();
  void TakeFinalHead(H1Response response);
  void OnLeftoverInput();
  Reset LostReason() const;

  HeadScanner scanner_;
  std::string method_;
  int interim_heads_ = 0;
  bool final_head_seen_ = false;
  bool reuse_ = true;
};

}  // namespace herald::http
