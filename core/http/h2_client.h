// SPDX-License-Identifier: Apache-2.0
//
// The client end of an HTTP/2 connection with prior knowledge: to agents that
// declare h2c, gRPC servers for the most part. Many exchanges at once, as many
// as the agent's settings and our limits allow.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/http/codec.h"
#include "core/http/h2_end.h"

namespace herald::http {

// Owned by the connection shell. `events` must outlive it.
class H2Client final : public ClientCodec, private H2End {
 public:
  H2Client(const Limits& limits, CodecEvents& events);
  ~H2Client() override;

  void Feed(std::string_view bytes, Time now) override;
  void OnEof(Time) override { FeedEof(); }
  std::string_view Output() override;
  void Wrote(size_t n) override { TakeWritten(n); }
  bool WantsInput() const override { return !finished(); }
  bool done() const override { return finished(); }
  void Drain() override;
  size_t open_streams() const override { return exchanges_.size(); }
  // Of the watch only: calls know their own deadlines and cancel.
  Time NextDeadline() const override;
  void OnDeadline(Time now) override;

  bool CanOpen() const override;
  std::unique_ptr<Stream> Open(const RequestHead& head, bool end,
                               StreamEvents* events) override;
  void WatchPeer(const PeerWatch& watch, Time now) override;

 private:
  // H2End
  void Respond(H2Exchange& exchange, const ResponseHead& head,
               bool end) override;
  void OnSection(H2Exchange& exchange, Section section, HeadError error,
                 bool end) override;
  Section SectionOf(const H2Exchange& exchange) const override;

  void TakeResponse(H2Exchange& exchange, HeadError error, bool end);

  PeerWatch watch_;
  Time heard_{};               // from the server, last
  std::optional<Time> asked_;  // a PING is under way
  bool draining_ = false;
  bool terminated_ = false;
};

}  // namespace herald::http
