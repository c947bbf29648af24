// SPDX-License-Identifier: Apache-2.0
//
// The other end of an exchange, in the test's hand. FakeStream is what the
// code under test holds; FarEnd is what the test keeps: it shows all that was
// sent and plays what happens. It also watches the contract of
// core/http/exchange.h: a second end, a body before its head, credit for bytes
// that never came or an event after the last one fail the test on the spot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/exchange.h"

namespace herald::test {

class FakeStream;

// Kept by the test through a shared_ptr; outlives the stream.
class FarEnd {
 public:
  // `server`: the code under test answers on it (else it asks).
  explicit FarEnd(bool server) : server_(server) {}

  // --- what the code under test did
  // Heads in order of sending (server ends only), the final one last.
  const std::vector<http::ResponseHead>& heads() const { return heads_; }
  // The final head. REQUIRES: it was sent.
  const http::ResponseHead& head() const;
  bool answered() const;
  // The value of a header of the final head, or "" where there is none.
  std::string Header(std::string_view name) const;
  const std::string& body() const { return body_; }
  bool ended() const { return ended_; }
  const std::optional<http::Headers>& trailers() const { return trailers_; }
  const std::optional<http::Reset>& reset() const { return reset_; }
  bool gone() const { return gone_; }  // the stream was let go
  // Bytes it was given credit for, and those it has not been yet.
  size_t credit() const { return credit_; }
  size_t owed() const { return played_ - credit_; }
  // Bytes that were sent to it and are not reported with Sent() yet.
  size_t unsent() const { return body_.size() - sent_; }

  // --- what happens to it. Each REQUIRES: the stream is not gone.
  void Response(http::ResponseHead head, bool end);
  void Response(int status, bool end);
  void Data(std::string_view text, bool end);
  void Trailers(http::Headers trailers);
  void Sent(size_t n);
  void SentAll() { Sent(unsent()); }
  void Reset(http::Reset reason);
  // For a server end: events go there until SetEvents says otherwise.
  void Listen(http::StreamEvents* events) { events_ = events; }

 private:
  friend class FakeStream;
  http::StreamEvents& Play();

  const bool server_;
  http::StreamEvents* events_ = nullptr;
  std::vector<http::ResponseHead> heads_;
  std::string body_;
  std::optional<http::Headers> trailers_;
  std::optional<http::Reset> reset_;
  bool ended_ = false;
  bool gone_ = false;
  size_t credit_ = 0;
  size_t played_ = 0;
  size_t sent_ = 0;
};

// A stream onto `far`.
std::unique_ptr<http::Stream> MakeFakeStream(std::shared_ptr<FarEnd> far);

}  // namespace herald::test
