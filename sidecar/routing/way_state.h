// SPDX-License-Identifier: Apache-2.0
//
// One way to a peer: its link and what was measured of the path. Load and
// failures are the peer's own (peer_state.h) and the same over every way.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/base/site.h"
#include "core/base/time.h"
#include "sidecar/routing/signals.h"

namespace herald::routing {

// Owned by the PeerState. Borrows nothing. One thread.
class WayState {
 public:
  explicit WayState(std::string name) : name_(std::move(name)) {}

  void OnRtt(Duration smoothed, Duration variation) {
    rtt_ = smoothed;
    variation_ = variation;
  }
  // The share of packets lost lately, 0..1.
  void OnLoss(double share) { loss_ = share; }

  const std::string& name() const { return name_; }
  Link link() const { return link_; }
  bool open() const { return link_ == Link::kUp || link_ == Link::kSuspect; }
  // It was open, is down, and has perhaps but paused: by then we shall know.
  std::optional<Time> returns_by() const {
    if (link_ != Link::kDown || !lost_at_) return std::nullopt;
    return *lost_at_ + kLongestPause;
  }
  // Measured, else a prior by tier (2, 5, 20, 60 ms): an unmeasured
  // connection's own estimate (333 ms, RFC 9002 §6.2.2) says nothing.
  Duration Rtt(Tier tier) const;
  std::optional<Duration> measured_rtt() const { return rtt_; }
  Duration rtt_variation() const { return variation_; }
  double loss() const { return loss_; }

 private:
  friend class PeerState;  // which must see every change of a link

  std::string name_;
  void SetLink(Link link, Time now) {
    if (open() && link == Link::kDown) lost_at_ = now;
    link_ = link;
  }

  Link link_ = Link::kIdle;
  std::optional<Time> lost_at_;  // when it was down last, from having been open
  std::optional<Duration> rtt_;
  Duration variation_{0};
  double loss_ = 0;
};

}  // namespace herald::routing
