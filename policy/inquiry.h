// SPDX-License-Identifier: Apache-2.0
//
// One call, asked about many paths. What the call alone decides (scope,
// selectors, labels, endorsements, overrides) is decided once; then each path
// is a few operations on words. For the caller's side, which weighs every peer
// that discovery knows for every call.
//
//   Inquiry inquiry(program, call);
//   for (candidate) if (inquiry.Ask(candidate.path).permitted()) ...
//   Decision decision = inquiry.Decide(chosen.path);
#pragma once

#include <array>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "policy/decision.h"
#include "policy/node_view.h"
#include "policy/plan.h"
#include "policy/program.h"
#include "policy/question.h"
#include "policy/walk.h"

namespace herald::policy {

// Lives for one question; borrows the Program and all that the Call points to.
class Inquiry {
 public:
  // Beyond so many rules (of a word each 64) and different atoms the room for
  // them is allocated.
  static constexpr size_t kInlineWords = 64;
  static constexpr size_t kInlineAtoms = 512;

  struct Answer {
    Verdict verdict = Verdict::kDeny;
    bool observed = false;  // as Decision::observed
    bool permitted() const { return verdict == Verdict::kPermit; }
    bool operator==(const Answer&) const = default;
  };

  Inquiry(const Program& program, const Call& call);
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  // The verdict alone; allocates nothing. REQUIRES: the views are of the same
  // Program.
  Answer Ask(const ViewedPath& path) const;

  // The whole answer, with its Permit.
  Decision Decide(const Path& path) const {
    return Evaluate(program_, call_, path);
  }

 private:
  // Rules that the call alone leaves open, of 64.
  struct Live {
    uint32_t word;
    uint64_t rules;
  };
  using Rules = absl::InlinedVector<Live, 16>;

  void Consider(const Plan::Slot& slot);
  bool Applies(const Plan::Entry& entry, bool permit);
  Truth Test(uint32_t atom);
  void Collect(Plan::Range range, Rules& rules) const;

  // The rules of `live` that may hold on the path.
  uint64_t MayHold(const Live& live, const ViewedPath& path) const;
  uint64_t KeepKeys(uint64_t rules, uint32_t word, const ViewedPath& path,
                    Truth least) const;
  // Whether Forbids fire: any at all, and any of a cluster policy.
  struct Fired {
    bool any = false;
    bool cluster = false;
  };
  Fired Forbids(const ViewedPath& path) const;
  bool Granted(const ViewedPath& path, bool end_to_end) const;
  bool Unmet(const ViewedPath& path, bool end_to_end) const;

  const Program& program_;
  const Plan& plan_;
  const Call& call_;
  const CallFacts facts_;
  bool refused_ = false;  // whatever the path
  LabelBits needed_ = 0;  // labels that want a Permit
  bool strange_ = false;  // and one that no rule can cover
  absl::InlinedVector<uint64_t, kInlineWords> live_;
  absl::InlinedVector<uint8_t, kInlineAtoms> known_;  // Truth + 1; 0: not asked
  Rules forbids_;
  Rules permits_;
  Rules obliges_;
};

}  // namespace herald::policy
