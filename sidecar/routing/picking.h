// SPDX-License-Identifier: Apache-2.0
//
// One pick, step by step. Each step narrows the field, or ends the pick where
// it is sure; none empties it.
//
//   trial -> affinity -> weights -> bounds -> slow start -> cold, or least
//   loaded -> optimism -> tier -> two at random near the best
#pragma once

#include <optional>
#include <span>

#include "core/base/random.h"
#include "sidecar/routing/field.h"
#include "sidecar/routing/service_state.h"

namespace herald::routing {

// Lives for one question. Borrows all it is given.
class Picking {
 public:
  struct Parts {
    std::span<const Candidate> candidates;
    const Ask& ask;
    Time now;
    // Null: nothing is drawn; what is likeliest stays in (for explanations).
    Random* random;
    ServiceState& service;
    // Of us; and of the peers' memory (Subset::OrderOf).
    uint64_t seed;
    uint64_t generation;
    std::vector<Standing>* trace;
  };
  explicit Picking(const Parts& parts) : parts_(parts), field_(parts.trace) {}

  // Scores the candidates that are usable. False when none is.
  bool Gather();
  // Lets the tier control see them. REQUIRES: Gather.
  void Learn();
  // REQUIRES: Gather said so.
  std::optional<Choice> Choose();
  // The share of calls that goes past each tier.
  std::array<double, kTierCount> Spill();

 private:
  void GatherSubset();
  void Consider(size_t index);
  void AddHolder();
  const Binding* Found() const;  // what the call's affinity is bound to
  TierCosts MedianCosts();

  std::optional<Choice> Trial();
  // Where the call belongs to a peer and that settles it: true, and that one,
  // or nullopt when it cannot have it and nobody else may.
  bool Bound(std::optional<Choice>& choice);
  std::optional<Choice> Holder(const Binding& binding);
  void DrawClass();
  uint8_t DrawnClass();
  void Bounds();
  void SlowStart();
  Choice LeastLoaded();
  bool PresumeTheBest();
  void AdmitTier();
  Choice NearBest();

  const Ask& ask() const { return parts_.ask; }
  Choice Take(const Entry& entry) const;

  const Parts parts_;
  Field field_;
  TierViews tiers_ = {};
  bool weighed_ = false;  // policy's weights left something out
};

}  // namespace herald::routing
