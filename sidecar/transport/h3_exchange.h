// SPDX-License-Identifier: Apache-2.0
//
// One request stream's books, kept by the session, and the handle that its
// user holds. They point at each other and each may go first: the handle when
// its user is done (the books then see the wire out), the books when the
// connection ends (the handle then does nothing). Callbacks of the libraries
// reach only the books, so no order of frames and calls can touch freed
// memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/http/exchange.h"
#include "core/http/validate.h"
#include "sidecar/transport/send_buffer.h"
#include "sidecar/transport/send_order.h"

namespace herald::transport {

class H3Session;
class H3Stream;

// Owned by its session, until the QUIC stream is closed and the handle gone.
struct H3Exchange {
  H3Session* session = nullptr;
  int64_t id = -1;
  H3Stream* handle = nullptr;
  http::StreamEvents* events = nullptr;

  // Outgoing half.
  SendBuffer out;
  http::BodyLength out_length;
  bool head_sent = false;  // the final one
  bool end_given = false;  // by our user
  bool trailers_given = false;
  bool any_sent = false;  // a byte of it left in a packet
  uint8_t urgency = kDefaultUrgency;
  uint64_t body_given = 0;  // to be sent, so far
  bool asked = false;       // for a turn, and stands in the order
  bool has_turn = false;

  // Incoming half.
  std::optional<http::HeadBuilder> builder;  // while a section is decoded
  http::Headers trailers;
  bool is_head = false;        // the request's method
  bool head_received = false;  // the final one
  bool trailers_received = false;
  bool end_received = false;
  int informational = 0;
  uint64_t unconsumed = 0;  // bytes handed over, not given back yet

  bool over = false;    // reset: no more events, bytes are dropped
  bool closed = false;  // the QUIC stream is

  // Done with the next write, never from inside a library's callback.
  std::optional<uint64_t> stop_reading;
  std::optional<uint64_t> reset_writing;
  std::optional<http::Reset> late_reset;  // to be told to the user

  bool finished() const { return end_received && end_given; }
};

// The user's end. Every call is safe at any time.
class H3Stream final : public http::Stream {
 public:
  explicit H3Stream(H3Exchange* exchange) : exchange_(exchange) {}
  ~H3Stream() override;

  void SendResponse(const http::ResponseHead& head, bool end) override;
  void SendData(std::string_view data, bool end) override;
  void SendTrailers(const http::Headers& trailers) override;
  void Cancel(http::Reset reason) override;
  void Consume(size_t n) override;
  void SetEvents(http::StreamEvents* events) override;

 private:
  friend class H3Session;
  H3Exchange* exchange_;  // null once the session is gone
};

}  // namespace herald::transport
