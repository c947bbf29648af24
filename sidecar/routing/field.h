// SPDX-License-Identifier: Apache-2.0
//
// The candidates of one question as the choice looks at them: scored once,
// then narrowed, step by step, to those it is drawn from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "sidecar/routing/choice.h"
#include "sidecar/routing/score.h"

namespace herald::routing {

// Why a candidate can be chosen, or cannot.
enum class Standing : uint8_t {
  kIn,            // the choice is made among these
  kDown,          // no link
  kDraining,      // it asked for no more calls
  kBackOff,       // it asked to be left alone for a while
  kBreaker,       // it failed three times in a row
  kElsewhere,     // the call belongs to another peer
  kOtherSubset,   // of so many peers, other callers use this one
  kOtherClass,    // policy's weights took another class
  kBeyondBounds,  // beyond maxRtt, maxPredictedTtfb or the cost ceiling
  kWarmingUp,     // slow start
  kFull,          // it has as many calls as it serves well
  kSpilled,       // its tier gives its calls to the next one
  kSlower,        // beyond the band of the best
  kUnproven,      // comparable, but suspect or never measured
};
std::string_view ToString(Standing standing);  // "other-class"

// Which links win among peers of comparable score.
enum class Proof : uint8_t { kMeasured, kUnmeasured, kSuspect };

struct Entry {
  const PeerState* peer = nullptr;
  Duration cost{0};
  Duration service{0};
  uint32_t index = 0;  // of the candidate
  uint32_t load = 0;   // predicted in flight
  uint32_t limit = 1;  // at least 1
  float warmth = 1;
  float price = 0;
  Tier tier = Tier::kCloud;
  Proof proof = Proof::kUnmeasured;
  uint8_t weight_class = Candidate::kNoClass;
  bool known = false;   // its service time was measured
  bool closed = false;  // its breaker
  bool ripe = false;    // and it may have a trial call
  bool beyond_rtt = false;
  bool beyond_ttfb = false;
  bool beyond_ceiling = false;
  bool kept = true;
  Reason reason = Reason::kBest;  // should it be chosen

  bool cold() const { return load < limit; }
};
// a.load / a.limit < b.load / b.limit
inline bool LessLoaded(const Entry& a, const Entry& b) {
  return uint64_t{a.load} * b.limit < uint64_t{b.load} * a.limit;
}
// What a cost may be to count as equal to `least`.
inline Duration BandOf(Duration least) {
  constexpr Duration kFloor = std::chrono::milliseconds(3);
  return least + least / 10 + kFloor;
}

// Fills all but `kept` and `reason`. REQUIRES: UsableBy holds.
void Describe(const Candidate& candidate, const Ask& ask, Time now,
              Entry& entry);
// kIn, or why it is no entry at all.
Standing StandingOf(const Candidate& candidate, Time now);

// Lives for one question. Allocates nothing for what Subset leaves of any
// number of candidates.
class Field {
 public:
  // `trace`, where somebody wants to know: the standing of each candidate.
  explicit Field(std::vector<Standing>* trace) : trace_(trace) {}

  // To be filled in place: a copy would wait for what was just written.
  Entry& Add() { return entries_.emplace_back(); }
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  Entry& operator[](size_t i) { return entries_[i]; }
  std::span<Entry> entries() { return {entries_.data(), entries_.size()}; }

  // Keeps those for which `keep` holds, unless it holds for none. In place: a
  // stable_partition would ask for memory.
  template <typename Predicate>
  void Narrow(Standing others, Predicate keep) {
    const auto kept = std::count_if(entries_.begin(), entries_.end(), keep);
    if (kept == 0 || kept == std::ssize(entries_)) return;
    auto gone = [&](const Entry& entry) {
      if (keep(entry)) return false;
      Note(entry, others);
      return true;
    };
    entries_.erase(std::remove_if(entries_.begin(), entries_.end(), gone),
                   entries_.end());
  }

 private:
  void Note(const Entry& entry, Standing standing) {
    if (trace_ != nullptr) (*trace_)[entry.index] = standing;
  }

  // 32 of each tier.
  absl::InlinedVector<Entry, 128> entries_;
  std::vector<Standing>* trace_;
};

}  // namespace herald::routing
