// SPDX-License-Identifier: Apache-2.0
//
// Which policy is in force, and how it came to be:
//
//     Offer ──> the same ─────────────────────────> nothing happens
//           ──> denies too many calls of late ────> Held (the old one stays)
//           ──> otherwise ──> In force ──> the store, streams cut, history
//                               ^
//     Rollback ── from history ─┘   until the files change
//
// A policy is held, not refused: it is sound, and somebody has to look. It goes
// in as soon as the files say so (an annotation), or change.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/status.h"
#include "policy/load.h"
#include "policy/store.h"
#include "sidecar/app/policy_settings.h"
#include "sidecar/call/recent_calls.h"

namespace herald::app {

// Owned by Sidecar's parts; borrows all it is given. One thread.
class PolicyRollout {
 public:
  using ProgramPtr = std::shared_ptr<const policy::Program>;
  // So many programs that were in force can be gone back to, the present one
  // counted.
  static constexpr size_t kHistory = 8;
  // A prefix of a hash that Rollback takes has at least so many digits.
  static constexpr size_t kLeastDigits = 4;

  struct Version {
    ProgramPtr program;
    std::vector<policy::SourceText> texts;
    WallTime since{};  // when it last came into force
  };
  struct Held {
    Version version;
    call::Weighing weighing;
  };
  struct Surroundings {
    EventLoop& loop;
    Log& log;
    Metrics& metrics;
    policy::Store& store;
    PolicyHoldConfig hold;
  };

  explicit PolicyRollout(const Surroundings& surroundings);

  // What the new program would change; without it nothing is held.
  std::function<call::Weighing(const policy::Program& before,
                               const policy::Program& after)>
      weigh;
  // Another program is in force.
  std::function<void()> changed;

  // What the files say now, sound. Returns whether it is in force.
  bool Offer(ProgramPtr program, std::vector<policy::SourceText> texts);

  // Puts the version before the present one in force, or the one whose hash
  // begins so, until the files change. An error says what there is.
  Status Rollback(std::string_view to);

  // REQUIRES: something was offered and went in.
  const Version& present() const { return history_[present_]; }
  // The oldest first; the present one among them.
  const std::vector<Version>& history() const { return history_; }
  bool rolled_back() const { return rolled_back_; }
  const std::optional<Held>& held() const { return held_; }

 private:
  bool ShouldHold(const policy::Program& program,
                  const call::Weighing& weighing) const;
  void Enforce(size_t index);
  StatusOr<size_t> Find(std::string_view to) const;
  std::string KnownHashes() const;
  std::vector<const policy::ProgramFacts::Review*> ReviewsDue() const;
  void WarnOfReviews();
  void ShowInfo();

  const Surroundings around_;
  Counter& loads_;
  Gauge& held_gauge_;
  Gauge& rolled_back_gauge_;
  Gauge& reviews_;
  std::vector<Version> history_;
  size_t present_ = 0;
  bool rolled_back_ = false;
  std::optional<Held> held_;
  std::string shown_hash_;
};

}  // namespace herald::app
