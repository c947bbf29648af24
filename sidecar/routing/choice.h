// SPDX-License-Identifier: Apache-2.0
//
// The question that routing is asked for each attempt of a call, and its
// answer. Values; whatever they borrow outlives the question.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "core/base/site.h"
#include "core/base/time.h"
#include "sidecar/routing/peer_state.h"

namespace herald::routing {

// What a policy's Prefer rules say about the allowed peers.
struct Preference {
  // "I accept this much slower to stay close", by Tier.
  std::array<Duration, kTierCount> handicap = {Duration(0), Duration(0),
                                               std::chrono::milliseconds(30),
                                               std::chrono::milliseconds(80)};
  // Peers beyond one of these come last; the first named matters most.
  std::optional<Duration> max_rtt;
  std::optional<Duration> max_predicted_ttfb;
  std::optional<double> ceiling_cents_per_gib;
  // What another cent of egress is worth, for payloads of at least 1 MiB.
  double ms_per_cent = 10;
  // How much slower the peer that holds a call's affinity may be, and for how
  // long it is remembered.
  Duration affinity_bonus = std::chrono::milliseconds(150);
  Duration affinity_idle = std::chrono::minutes(10);
  // Classes of peers between which calls are split (Candidate::weight_class);
  // none: no split.
  absl::InlinedVector<uint32_t, 4> weights;
};
inline const Preference kNoPreference;

// One attempt of one call.
struct Ask {
  std::string_view agent;
  const Preference& preference = kNoPreference;
  std::string_view affinity;       // value of herald-affinity; empty: none
  bool affinity_required = false;  // the bound peer or nobody
  uint64_t payload = 0;            // known length of the request, else 0
  bool repeatable = false;         // a trial call may be spent on a breaker
};

// A peer that policy allows for this call, and a way to it.
struct Candidate {
  static constexpr uint8_t kNoClass = 255;

  PeerState* peer;
  Tier tier;
  uint8_t weight_class = kNoClass;  // index into Preference::weights
  float cents_per_gib = 0;          // egress towards it that way
  WayState* way = nullptr;          // null: the best of the peer's
  Duration near{0};                 // how much better policy takes it to be
};

// Why this one.
enum class Reason : uint8_t {
  kBest,         // near the best, and the less loaded of two
  kAffinity,     // it holds what the call belongs to
  kLeastLoaded,  // all are at their limit
  kTrial,        // to learn whether it has recovered from its failures
  kOptimism,     // nothing recent is known of it, and it is close
  kWeight,       // policy splits traffic, and its class was drawn
};
std::string_view ToString(Reason reason);  // "best"

struct Choice {
  size_t index = 0;  // of the candidates
  Reason reason = Reason::kBest;
};

}  // namespace herald::routing
