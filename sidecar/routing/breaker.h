// SPDX-License-Identifier: Apache-2.0
//
// Keeps calls from a peer that fails them, and finds out at the cost of nobody
// whether it has recovered.
//
//                three failures in a row
//     Closed -----------------------------> Open, 1 s * 2^n, at most 60 s
//       ^  ^                                  |
//       |  +--- the peer reports again -------+  (probes ask; no call is spent)
//       |                                     | its time is over
//       |           it succeeds               v
//       +---------- one trial call <------- Ripe
//                         | it fails: Open again, n + 1
//
// Closed by a report alone, one more failure opens it again: that a sidecar
// answers does not say that its agent does.
#pragma once

#include <cstdint>

#include "core/base/time.h"

namespace herald::routing {

// One a peer. A value. One thread.
class Breaker {
 public:
  enum class State : uint8_t { kClosed, kOpen, kRipe };

  State state(Time now) const;
  // A ripe one lets one call through at a time.
  bool on_trial() const { return on_trial_; }
  Time open_until() const { return open_until_; }

  void OnSent(Time now) { on_trial_ = on_trial_ || state(now) == State::kRipe; }
  // `salt`: of the peer and of who we are; half of the time open is drawn by
  // it, so that callers do not come back all at once.
  void OnFailure(Time now, uint64_t salt);
  // True when it closed now.
  bool OnSuccess();
  // The peer's sidecar was heard of.
  void OnReport(Time now);
  // A new connection: what was learnt belonged to the old one.
  void OnNewLink();

 private:
  void Open(Time now, uint64_t salt);
  void CloseOnProbation();

  uint32_t failures_ = 0;  // in a row
  uint32_t opened_ = 0;    // times in a row
  bool open_ = false;
  bool on_trial_ = false;
  Time open_until_{};
};

}  // namespace herald::routing
