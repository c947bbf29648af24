// SPDX-License-Identifier: Apache-2.0
//
// Is the peer there? A pure judgement from how long it has owed us an
// acknowledgement, in units of its own probe timeout (PTO, RFC 9002 §6.2):
//
//   1 PTO   suspect  no new calls where another peer is near
//   3 PTO   down     the second probe timed out too: no candidate any more
//   7 PTO   dead     the third: give the connection up, but not within 300 ms
//
// On a path of 45 +- 5 ms that is 70, 210 and 490 ms; a health check of every
// few seconds would need ten times as long and spend calls on finding out.
//
// A peer that is known to pause is down only when it has been silent for longer
// than pauses are (docs/decisions/0014-pauses.md).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "sidecar/routing/signals.h"

namespace herald::transport {

enum class Health : uint8_t { kAlive, kSuspect, kDown, kDead };

inline constexpr Duration kLeastPtoVariation = std::chrono::milliseconds(1);
inline constexpr Duration kLeastDeath = std::chrono::milliseconds(300);

// PTO = srtt + max(4 * rttvar, 1 ms) + max_ack_delay.
Duration ProbeTimeout(Duration smoothed, Duration variation,
                      Duration max_ack_delay);

// Whether a peer was down because it paused; a longer silence is an outage.
class Pauses {
 public:
  static constexpr Duration kLongest = routing::kLongestPause;
  // So that a peer that pauses now and then is found down once a day for it.
  static constexpr Duration kRemembered = std::chrono::hours(24);

  // It was down, and is heard again after `silence`.
  void OnReturn(Duration silence, Time now) {
    if (silence <= kLongest) until_ = now + kRemembered;
  }
  // The least silence at which it is down again.
  Duration patience(Time now) const {
    return now < until_ ? kLongest : Duration::zero();
  }

 private:
  Time until_{};
};

// What the thresholds of one peer come from.
struct Measure {
  Duration probe_timeout;
  Duration patience{0};
};

// `silent` as Connection::silent_since() measures it; nullopt is alive.
Health Judge(std::optional<Duration> silent, const Measure& measure);

// The silence at which the judgement after `health` is due; nullopt after
// kDead.
std::optional<Duration> NextThreshold(Health health, const Measure& measure);

}  // namespace herald::transport
