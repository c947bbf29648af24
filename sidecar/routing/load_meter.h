// SPDX-License-Identifier: Apache-2.0
//
// The callee's side of routing: what this sidecar says of its own load with
// every response and every probe. Callers compare peers by it, so it answers
// one question: how long would the next call wait for its first byte? Hence
// the median of recent times measured at about the load there is now (Prequal,
// NSDI'24), and silence about them when the samples are too old: a slow spell
// that is over must not be held against us.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "sidecar/routing/failure_memory.h"
#include "sidecar/routing/signals.h"

namespace herald::routing {

// One owner, one thread. Allocates nothing.
class LoadMeter {
 public:
  // `limit`: calls served well at once.
  explicit LoadMeter(uint32_t limit = LoadReport{}.limit) : limit_(limit) {}

  // A call came in. Returns the load it met, to be given back with its first
  // byte.
  uint32_t OnStart() { return in_flight_++; }
  // Its response began `ttfb` after it came in. Only for responses that count
  // as success: an error that is returned at once must not look like speed.
  void OnFirstByte(uint32_t load_met, Duration ttfb, Time now);
  // Our agent failed a call: it is down, broke off, or answered nonsense.
  void OnFailure(Time now) { failures_.OnFailure(now); }
  // It ended, well or not. REQUIRES: an OnStart.
  void OnEnd();

  void SetLimit(uint32_t limit) { limit_ = limit; }
  void SetDraining(bool draining) { draining_ = draining; }
  bool draining() const { return draining_; }
  uint32_t in_flight() const { return in_flight_; }

  LoadReport Report(Time now) const;

  // Whether a call with so much time left has no chance: of the recent first
  // bytes at about this load (eight or more) none came so soon. Not the median
  // that is reported: an agent that does quick and slow work would refuse all
  // of the quick that is rarer. One call a second is let through all the same,
  // to learn whether things have changed.
  bool Hopeless(Duration left, Time now);

 private:
  struct Sample {
    Time at{};
    Duration ttfb{0};
    uint32_t load = 0;
  };
  // More than a median takes, so that samples at another load leave enough.
  static constexpr size_t kKept = 64;
  static constexpr size_t kMedianOf = 16;
  using Times = std::array<Duration, kMedianOf>;

  // The newest of the recent times that were measured at about the present
  // load; how many.
  size_t Recent(Time now, Times& times) const;

  uint32_t limit_;
  uint32_t in_flight_ = 0;
  bool draining_ = false;
  std::array<Sample, kKept> samples_ = {};  // a ring
  uint64_t sample_count_ = 0;
  FailureMemory failures_;
  double usual_ = 0;  // the logarithm of its time to first byte, on average
  std::optional<Time>
      trial_at_;  // when the last one was let through, or none had to be
};

}  // namespace herald::routing
