// SPDX-License-Identifier: Apache-2.0
//
// All that the calling sidecar knows of one peer (routing.md A.3's table):
// network round trip and jitter from the live QUIC connection, load as the
// peer reports it, our own calls since that report, and a memory of failures
// that fades. Every figure is a function of `now`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/site.h"
#include "core/base/time.h"
#include "sidecar/routing/signals.h"

namespace herald::routing {

class PeerState {
 public:
  explicit PeerState(std::string name) : name_(std::move(name)) {}

  // --- what transport measures
  void SetLink(Link link, Time now);
  void OnRtt(Duration smoothed, Duration variation);

  // --- what the peer reports
  void OnReport(const LoadReport& report, Time now);

  // --- what our calls live through
  void OnSent(Time now);                // a call was handed to this peer
  void OnFirstByte(Duration ttfb, Time now);  // as the caller saw it
  void OnDone(bool failed, Time now);   // and it ended

  // --- what scoring asks
  const std::string& name() const { return name_; }
  Link link() const { return link_; }
  bool draining() const { return report_.draining; }
  // Measured, else a prior by tier (2, 5, 20, 60 ms): an unmeasured
  // connection's own estimate (333 ms, RFC 9002 §6.2.2) says nothing.
  Duration Rtt(Tier tier) const;
  std::optional<Duration> measured_rtt() const { return rtt_; }
  Duration rtt_variation() const { return variation_; }
  // Reported in flight plus ours since the report.
  uint32_t PredictedInFlight() const;
  uint32_t limit() const { return report_.limit; }
  // Server-side time to first byte predicted at that load; a report older
  // than 3 s blends towards a 50 ms prior (exploration by optimism).
  Duration Service(Time now) const;
  // 0..1, +0.34 a failure, fading with a time constant of 10 s.
  double Failure(Time now) const;
  uint32_t in_flight() const { return in_flight_; }  // ours
  std::optional<Duration> reported_ttfb() const { return report_.ttfb; }

 private:
  std::string name_;
  Link link_ = Link::kIdle;
  std::optional<Duration> rtt_;
  Duration variation_{0};
  LoadReport report_;
  std::optional<Time> reported_at_;
  uint32_t sent_since_report_ = 0;
  uint32_t in_flight_ = 0;
  double failure_ = 0;
  Time failure_at_{};
};

}  // namespace herald::routing
