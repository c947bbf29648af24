// SPDX-License-Identifier: Apache-2.0
//
// One stream of an HTTP/2 connection, in two parts that live apart: the
// H2Exchange belongs to the connection and lives until nghttp2 closes the
// stream; the H2Stream is the user's handle and may go before or after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/exchange.h"
#include "core/http/message.h"
#include "core/http/validate.h"

namespace herald::http {

class H2Stream;

// Body bytes that wait for the peer's window.
class H2Outbox {
 public:
  void Append(std::string_view bytes) { bytes_.append(bytes); }
  std::string_view View() const {
    return std::string_view(bytes_).substr(taken_);
  }
  void Take(size_t n);
  void Clear();

 private:
  std::string bytes_;
  size_t taken_ = 0;
};

// A value of H2End's table.
struct H2Exchange {
  int32_t id = 0;
  H2Stream* stream = nullptr;      // null once the user has let go, or is told
  StreamEvents* events = nullptr;  // null likewise

  // The incoming half.
  std::optional<HeadBuilder> builder;  // of the section being decoded
  BodyLength length;
  int interim_heads = 0;
  bool response_begun = false;  // client ends: any head came, 1xx too
  bool head_seen = false;       // the request, or the final response
  bool incoming_over = false;
  size_t unconsumed = 0;

  // The outgoing half.
  std::string method;          // of the request
  bool headers_sent = false;   // client ends: the request has left
  bool head_sent = false;      // server ends: the final response is given
  bool outgoing_over = false;  // the user has said the end
  bool end_sent = false;       // END_STREAM has left
  bool deferred = false;       // nghttp2 waits to be told of more body
  bool reset_after_end = false;
  BodyLength outgoing_length;
  H2Outbox outbox;
  std::optional<Headers> trailers;
};

// What H2Stream calls; H2End is it.
class H2StreamOwner {
 public:
  virtual void Respond(H2Exchange& exchange, const ResponseHead& head,
                       bool end) = 0;
  virtual void SendData(H2Exchange& exchange, std::string_view data,
                        bool end) = 0;
  virtual void SendTrailers(H2Exchange& exchange, const Headers& trailers) = 0;
  virtual void Consume(H2Exchange& exchange, size_t n) = 0;
  virtual void Drop(H2Exchange& exchange, Reset reason) = 0;

 protected:
  virtual ~H2StreamOwner() = default;
};

// Belongs to the user. Its owner and exchange are null when the exchange is
// over for the user; then every call does nothing.
class H2Stream final : public Stream {
 public:
  H2Stream(H2StreamOwner* owner, H2Exchange* exchange)
      : owner_(owner), exchange_(exchange) {
    exchange->stream = this;
  }
  ~H2Stream() override { Cancel(Reset::kCancelled); }

  void SendResponse(const ResponseHead& head, bool end) override {
    if (owner_ != nullptr) owner_->Respond(*exchange_, head, end);
  }
  void SendData(std::string_view data, bool end) override {
    if (owner_ != nullptr) owner_->SendData(*exchange_, data, end);
  }
  void SendTrailers(const Headers& trailers) override {
    if (owner_ != nullptr) owner_->SendTrailers(*exchange_, trailers);
  }
  void Cancel(Reset reason) override {
    if (owner_ != nullptr) owner_->Drop(*exchange_, reason);
  }
  void Consume(size_t n) override {
    if (owner_ != nullptr) owner_->Consume(*exchange_, n);
  }
  void SetEvents(StreamEvents* events) override {
    if (exchange_ != nullptr) exchange_->events = events;
  }

  // From now on the user hears nothing and is not heard.
  void Forget() {
    owner_ = nullptr;
    exchange_ = nullptr;
  }

 private:
  H2StreamOwner* owner_;
  H2Exchange* exchange_;
};

}  // namespace herald::http
