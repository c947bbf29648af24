// SPDX-License-Identifier: Apache-2.0
//
// All that the calling sidecar knows of one peer (routing.md A.3's table): the
// ways to it, load as the peer reports it, our own calls since that report,
// and a memory of failures that fades. Every figure is a function of `now`;
// what is not heard of again loses its weight, so that no peer is exiled by
// one bad minute.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/site.h"
#include "core/base/time.h"
#include "sidecar/routing/breaker.h"
#include "sidecar/routing/failure_memory.h"
#include "sidecar/routing/fate.h"
#include "sidecar/routing/signals.h"
#include "sidecar/routing/way_state.h"

namespace herald::routing {

// Owned by the Balancer. Borrows nothing. One thread.
class PeerState {
 public:
  // `caller`: a hash of who we are, for what is drawn by chance.
  explicit PeerState(std::string name, uint64_t caller = 0);

  // --- what transport measures, by way; a peer that has only one calls it ""
  // The way of that name, made when first asked for; stays valid.
  WayState& Way(std::string_view name = {});
  // The last link that is lost takes the peer's reports with it: what answers
  // next may be another process.
  void SetLink(Link link, Time now, std::string_view way = {});
  void OnRtt(Duration smoothed, Duration variation) {
    Way().OnRtt(smoothed, variation);
  }

  // --- what the peer reports
  void OnReport(const LoadReport& report, Time now);
  // It asked to be left alone until then (Retry-After). The latest wish holds.
  void BackOffUntil(Time until) { back_off_until_ = until; }

  // --- what our calls live through
  void OnSent(Time now);  // a call was handed to this peer
  // As the caller saw it, over that way; null: over the only one.
  void OnFirstByte(Duration ttfb, Time now, const WayState* way = nullptr);
  // And it ended. REQUIRES: an OnSent.
  void OnDone(Fate fate, Time now);
  void OnDone(bool failed, Time now) {
    OnDone(failed ? Fate::kFailed : Fate::kServed, now);
  }

  // --- what scoring asks
  const std::string& name() const { return name_; }
  // The best of its ways.
  const WayState& way() const;
  Link link() const { return way().link(); }
  bool draining() const { return report_.draining; }
  bool InBackOff(Time now) const { return now < back_off_until_; }
  // A way is up or to be connected; not draining, not in back-off. Whether its
  // breaker is open is another question: where nobody else is left, such a
  // peer is asked rather than nobody.
  bool Usable(Time now) const { return UsableBy(way(), now); }
  bool UsableBy(const WayState& way, Time now) const {
    return way.link() != Link::kDown && !draining() && !InBackOff(now);
  }
  Duration Rtt(Tier tier) const { return way().Rtt(tier); }
  std::optional<Duration> measured_rtt() const { return way().measured_rtt(); }
  Duration rtt_variation() const { return way().rtt_variation(); }
  // Reported in flight plus ours since the report, less ours that ended.
  uint32_t PredictedInFlight() const;
  uint32_t limit() const { return report_.limit; }
  // Server-side time to first byte predicted at that load: the peer's report;
  // without one, what we saw ourselves in the last 5 s, less the round trip.
  // Three calls of ours in a row that all took thrice the report outvote it: a
  // median of 16 needs 8 slow calls to move. What is older than 3 s blends
  // towards a 50 ms prior (exploration by optimism).
  Duration Service(Time now) const;
  // Whether that is more than the prior.
  bool ServiceKnown(Time now) const;
  // 0..1: what failed of our own calls, or what the peer says of its agent,
  // whichever is worse (failure_memory.h).
  double Failure(Time now) const;
  const Breaker& breaker() const { return breaker_; }
  // The share of calls that it takes of those it would: from 0.1 when it is
  // first seen, or back from the dead, to 1 ten seconds later.
  double Warmth(Time now) const;
  // Of its name; the same in every process.
  uint64_t salt() const { return salt_; }
  uint32_t in_flight() const { return in_flight_; }  // ours
  std::optional<Duration> reported_ttfb() const { return report_.ttfb; }

 private:
  struct FirstByte {
    Time at{};
    Duration service{0};
  };
  static constexpr size_t kFirstBytes = 3;

  // The least of our last three first bytes that are recent, and the time of
  // the newest; nullopt when none is.
  std::optional<FirstByte> Seen(Time now) const;

  bool AnyOpen() const;
  void OnLost();
  void OnOpened(Time now);

  std::string name_;
  uint64_t salt_;
  uint64_t caller_;
  std::vector<std::unique_ptr<WayState>> ways_;  // never empty
  LoadReport report_;
  std::optional<Time> reported_at_;
  uint32_t sent_since_report_ = 0;
  uint32_t ours_in_report_ = 0;  // of report_.in_flight, those not yet ended
  uint32_t in_flight_ = 0;
  std::array<FirstByte, kFirstBytes> first_bytes_ = {};  // a ring
  uint64_t first_byte_count_ = 0;
  FailureMemory failures_;  // of our calls
  FailureMemory told_;      // the peer's own, as reported
  Time back_off_until_{};
  Breaker breaker_;
  bool was_open_ = false;        // ever
  bool dead_ = false;            // since it was open last
  std::optional<Time> warm_at_;  // when its slow start began
};

}  // namespace herald::routing
