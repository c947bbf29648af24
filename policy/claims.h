// SPDX-License-Identifier: Apache-2.0
//
// What an agent says of its own call, and how much of it counts. Labels are
// only ever added to: floors add some whatever was said, and a label that
// needs no Permit is nobody's word but of those who may assert it. An
// endorsement counts only where a LabelSchema names its caller as an
// authority.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/labels.h"
#include "policy/pattern.h"
#include "policy/question.h"
#include "policy/schema.h"
#include "policy/truth.h"

namespace herald::policy {

class Program;

// The compiled part of the schemas. A value, built once and then only read.
class ClaimRules {
 public:
  ClaimRules() = default;
  ClaimRules(const std::vector<LabelSchema>& schemas, const LabelTable& labels);

  // The labels that `call` bears when `said` are the known ones it says,
  // without those they imply. Every loss of a fact (caller, callee, skill)
  // only adds labels.
  LabelBits Bear(const Call& call, LabelBits said) const;

  // Does `caller`'s word for the endorsement count?
  bool Vouches(std::string_view caller, std::string_view endorsement) const;

 private:
  using Patterns = std::vector<Pattern>;
  struct Floor {
    // Absent: any.
    std::optional<Patterns> callers;
    std::optional<Patterns> callees;
    std::optional<Patterns> skills;
    LabelBits labels = 0;
    Truth Holds(const Call& call) const;
  };

  std::vector<Floor> floors_;
  LabelBits unlabelled_ = 1;
  LabelBits guarded_ = 0;  // labels with `mayAssert`
  std::vector<std::pair<LabelBits, Patterns>> may_assert_;
  std::vector<std::pair<std::string, Patterns>> authorities_;
};

// The names of the labels that `call` is judged by, without those they imply:
// what it says, in its order, then what floors add, then `unlabelled` where
// nothing it says can stand for itself. Empty for a call that says nothing and
// that no floor concerns. This is what is recorded, sent to the callee and
// shown to its agent.
std::vector<std::string> WithFloors(const Program& program, const Call& call);

// Endorsements sorted by whether they count.
struct Endorsements {
  std::vector<std::string> counting;
  std::vector<std::string> dropped;
};

// Which of `claimed` count when `caller` says them. Each side of a call asks
// by the identity it knows: its own, or the certificate's.
Endorsements CountingEndorsements(const Program& program,
                                  std::string_view caller,
                                  std::span<const std::string> claimed);

}  // namespace herald::policy
