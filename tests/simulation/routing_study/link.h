// SPDX-License-Identifier: Apache-2.0
//
// A sidecar's link to one server, as sidecar/transport keeps it, without the
// packets: round trips estimated by RFC 9002, the production thresholds of the
// detector, a probe a second where it is used and every five elsewhere, and
// handshakes at growing distances after a death.
#pragma once

#include <optional>

#include "core/base/random.h"
#include "core/base/time.h"
#include "sidecar/routing/signals.h"
#include "sidecar/transport/detector.h"
#include "tests/simulation/routing_study/clock.h"

namespace herald::study {

// What the link asks of its world. `link` is the number it was made with.
class LinkWorld {
 public:
  virtual ~LinkWorld() = default;
  virtual void OnLinkState(size_t link, routing::Link state) = 0;
  virtual void OnLinkRtt(size_t link, Duration smoothed,
                         Duration variation) = 0;
  virtual void OnLinkDead(size_t link) = 0;  // its calls are lost
  virtual void SendProbe(size_t link) = 0;
  // Whether a packet sent now would be answered, and after how long.
  virtual std::optional<Duration> RoundTrip(size_t link) = 0;
};

// Owned by the world. One thread.
class Link {
 public:
  Link(size_t number, Clock& clock, Random& random, LinkWorld& world);

  // Connects; where that succeeds at once (the world's start) without wait.
  void Open();
  // Connects by a handshake.
  void Connect();
  // Our own end is gone; nothing more happens here.
  void Stop();
  void OnUse() { last_used_ = clock_.now(); }
  // On demand, but seldom.
  void ProbeSoon();
  // A packet was acknowledged, or (`since`: when it was sent) never will be.
  void OnAck(Duration round_trip);
  void OnSilence(Time since);
  // The peer has closed it.
  void OnClosed();

  routing::Link state() const { return state_; }
  // Counts connections: what belongs to an earlier one is lost.
  uint32_t epoch() const { return epoch_; }

 private:
  Duration ProbeTimeout() const;
  void SetState(routing::Link state);
  void Sample(Duration round_trip);
  void Up(Duration round_trip);
  void Examine();
  void Die();
  void Handshake(int packet);
  void Probe();
  void ScheduleProbe();

  const size_t number_;
  Clock& clock_;
  Random& random_;
  LinkWorld& world_;
  routing::Link state_ = routing::Link::kIdle;
  uint32_t epoch_ = 0;
  Duration smoothed_{0};
  Duration variation_{0};
  std::optional<Time> told_rtt_at_;
  std::optional<Time> last_used_;
  std::optional<Time> silent_since_;
  Time probed_at_{};
  int failures_ = 0;
  bool stopped_ = false;
};

}  // namespace herald::study
