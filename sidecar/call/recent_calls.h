// SPDX-License-Identifier: Apache-2.0
//
// The calls of the last ten minutes, as classes with counts: what a new policy
// is weighed against before it goes in. Calls that policy cannot tell apart
// (same caller, agent, skill, labels, purpose ...) are one class, so a few
// classes stand for millions of calls.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "discovery/snapshot.h"
#include "policy/program.h"
#include "sidecar/call/call_facts.h"
#include "sidecar/call/environment.h"

namespace herald::call {

// What a new policy would change for the calls of the last minutes.
struct Weighing {
  struct Example {
    std::string call;  // "planner -> summarizer, labels personal"
    std::string why;   // the deciding rules, or the reason
    uint64_t count = 0;
  };
  uint64_t calls = 0;             // all of the last minutes
  uint64_t newly_denied = 0;      // permitted before by some peer, now by none
  std::vector<Example> examples;  // the most frequent first
  double share() const {
    return calls == 0
               ? 0
               : static_cast<double>(newly_denied) / static_cast<double>(calls);
  }
};

// Owned by app. One thread.
class RecentCalls {
 public:
  static constexpr int kMinutes = 10;
  // Calls of further classes are not remembered until one of these is over.
  static constexpr size_t kMaxClasses = 4096;
  static constexpr size_t kMaxExamples = 5;

  // One more call; `inbound` when it is a peer's to us.
  void Note(const CallFacts& call, bool inbound, Time now);

  // Judges every class by both programs at `at`, for the peers and the site
  // that `environment` knows now.
  Weighing Weigh(const policy::Program& before, const policy::Program& after,
                 const Environment& environment) const;

  size_t classes() const { return classes_.size(); }

  // Refusals that were none, by the rules that they would have had: of
  // observed calls, and of what the shadow policies alone deny. Since the
  // start; at most kMaxClasses rules.
  using ByRule = std::map<std::string, uint64_t, std::less<>>;
  void NoteObserved(const std::vector<std::string_view>& rules) {
    Count(observed_, rules);
  }
  void NoteShadow(const std::vector<std::string_view>& rules) {
    Count(shadow_, rules);
  }
  const ByRule& observed() const { return observed_; }
  const ByRule& shadow() const { return shadow_; }

 private:
  struct Class {
    CallFacts call;
    bool inbound = false;
    std::array<uint32_t, kMinutes> counts = {};  // by minute, in a ring
    int64_t last_minute = 0;

    void MoveTo(int64_t minute);
    uint64_t CountAt(int64_t minute) const;
  };
  void Forget(int64_t minute);
  static void Count(ByRule& into, const std::vector<std::string_view>& rules);

  std::map<uint64_t, Class> classes_;  // by a hash of what tells them apart
  int64_t minute_ = 0;
  ByRule observed_;
  ByRule shadow_;
};

}  // namespace herald::call
