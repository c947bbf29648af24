// SPDX-License-Identifier: Apache-2.0
//
// The server end of an HTTP/2 connection with prior knowledge (h2c): agents
// and gRPC clients on this host.
//
// Draining takes two GOAWAYs (RFC 9113 §6.8): the first only announces, and a
// PING behind it shows when the client has read it; the second names the last
// stream that was taken. What is open then is served to its end.
#pragma once

#include <string_view>

#include "core/http/codec.h"
#include "core/http/h2_end.h"

namespace herald::http {

// Owned by the connection shell. `handler` and `events` must outlive it.
class H2Server final : public Codec, private H2End {
 public:
  H2Server(const Limits& limits, RequestHandler& handler, CodecEvents& events);
  ~H2Server() override;

  void Feed(std::string_view bytes, Time now) override {
    FeedBytes(bytes, now);
  }
  void OnEof(Time) override { FeedEof(); }
  std::string_view Output() override { return PumpAndView(); }
  void Wrote(size_t n) override { TakeWritten(n); }
  bool WantsInput() const override { return !finished(); }
  bool done() const override { return finished(); }
  void Drain() override;
  size_t open_streams() const override { return exchanges_.size(); }
  Time NextDeadline() const override;
  void OnDeadline(Time now) override;

 private:
  enum class Draining { kNo, kAnnounced, kFinal };

  // H2End
  void Respond(H2Exchange& exchange, const ResponseHead& head,
               bool end) override;
  void OnSection(H2Exchange& exchange, Section section, HeadError error,
                 bool end) override;
  Section SectionOf(const H2Exchange& exchange) const override;
  void OnPingAck() override;

  void TakeRequest(H2Exchange& exchange, HeadError error, bool end);
  void RefuseHead(H2Exchange& exchange, HeadError error, bool end);
  void SubmitFinal(H2Exchange& exchange, const ResponseHead& head, bool end);

  RequestHandler& handler_;
  Draining draining_ = Draining::kNo;
  Time drain_deadline_ = kNever;
};

}  // namespace herald::http
