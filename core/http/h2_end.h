// SPDX-License-Identifier: Apache-2.0
//
// What both ends of an HTTP/2 connection share (RFC 9113, over nghttp2):
// frames in and out, streams, flow control by the user's credit, and the
// orderly end. nghttp2 keeps the frame layer and its own message rules; our
// validator reads every field beside it.
//
// Windows: a stream's is Limits::body_window, the connection's is 16 of them.
// Both are given back by the user's Consume only (no automatic updates), so
// that what nobody reads is not sent.
//
// Events go out from nghttp2_session_mem_recv2 and mem_send2, which run inside
// Codec's methods; a Stream's calls only submit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "core/base/time.h"
#include "core/http/codec.h"
#include "core/http/exchange.h"
#include "core/http/h2_exchange.h"
#include "core/http/message.h"
#include "core/http/validate.h"
#include "nghttp2/nghttp2.h"

namespace herald::http {

// Base of H2Server and H2Client, which own it. `events` must outlive it.
class H2End : public H2StreamOwner {
 public:
  H2End(const H2End&) = delete;
  H2End& operator=(const H2End&) = delete;

  // H2StreamOwner
  void SendData(H2Exchange& exchange, std::string_view data, bool end) override;
  void SendTrailers(H2Exchange& exchange, const Headers& trailers) override;
  void Consume(H2Exchange& exchange, size_t n) override;
  void Drop(H2Exchange& exchange, Reset reason) override;

 protected:
  enum class Side { kServer, kClient };

  H2End(Side side, const Limits& limits, CodecEvents& events);
  ~H2End() override;

  // Codec's methods, for both ends.
  void FeedBytes(std::string_view bytes, Time now);
  void FeedEof();
  std::string_view PumpAndView();
  void TakeWritten(size_t n);
  bool finished() const;

  // A whole section was decoded without an error of ours, or with `error`.
  virtual void OnSection(H2Exchange& exchange, Section section, HeadError error,
                         bool end) = 0;
  // Another head begins: of which section is it?
  virtual Section SectionOf(const H2Exchange& exchange) const = 0;
  virtual void OnPingAck() {}

  H2Exchange& AddExchange(int32_t id);
  H2Exchange* Find(int32_t id);
  // Ends every exchange; the connection is of no use any more.
  void Fail(Reset reason);
  // Ends one exchange towards both the peer and the user.
  void Abort(H2Exchange& exchange, Reset reason);
  void FinishIncoming(H2Exchange& exchange);
  void TakeTrailers(H2Exchange& exchange, bool end);
  // Detaches the user when both halves are over.
  void CheckOver(H2Exchange& exchange);
  void Touch();

  const Limits limits_;
  CodecEvents& events_;
  nghttp2_session* session_ = nullptr;
  absl::flat_hash_map<int32_t, std::unique_ptr<H2Exchange>> exchanges_;
  Time now_{};
  int inside_ = 0;  // Codec methods on the stack
  bool dead_ = false;

 private:
  friend struct H2Callbacks;

  // Body bytes in out_, up to an absolute position of the output.
  struct SentMark {
    uint64_t end;
    int32_t id;
    size_t bytes;
  };

  // From nghttp2's callbacks.
  void OnBeginHeaders(const nghttp2_frame& frame);
  void OnField(int32_t id, std::string_view name, std::string_view value);
  void OnFrame(const nghttp2_frame& frame);
  void OnHeadersWhole(H2Exchange& exchange, bool end);
  void OnBody(int32_t id, std::string_view bytes);
  void OnFrameSent(const nghttp2_frame& frame);
  void OnHeadersUnsent(int32_t id);
  void OnClosed(int32_t id, uint32_t code);
  long ReadBody(H2Exchange& exchange, size_t length, uint32_t& flags);
  void WriteBody(int32_t id, const uint8_t* frame_head, size_t length);

  void Detach(H2Exchange& exchange);
  void Discard(int32_t id, size_t n);
  void Wake(H2Exchange& exchange);

  const Side side_;
  std::string out_;
  size_t written_ = 0;      // bytes of out_ gone already
  uint64_t out_begin_ = 0;  // absolute position of out_[0]
  std::deque<SentMark> marks_;
};

}  // namespace herald::http
