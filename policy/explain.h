// SPDX-License-Identifier: Apache-2.0
//
// Why a call may or may not take a path: the deciding walk again (judge.h),
// heard. Every rule that concerns the call's labels, every atom of it as true,
// false or unknown, and which node of the path made it so.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "policy/labels.h"
#include "policy/program.h"
#include "policy/question.h"
#include "policy/schema.h"
#include "policy/truth.h"

namespace herald::policy {

// One thing a rule asked.
struct AtomReport {
  std::string name;      // "where.process.countries.in"
  std::string expected;  // "[EEA]"
  std::string found;     // "US at the peer"; "unknown" where nobody stated it
  Truth truth = Truth::kUnknown;
};

struct RuleReport {
  std::string rule;  // "policy/rule"
  Effect effect = Effect::kForbid;
  bool shadow = false;
  LabelBits covers = 0;  // Permit
  Truth truth = Truth::kUnknown;
  std::string lifted_by;  // a Forbid: the Override that lifts it now
  std::vector<AtomReport> atoms;

  // Does it do what its effect is? A Permit when True, a Forbid unless False
  // or lifted.
  bool fires() const;
  // The first atom that keeps a Permit from holding, or null.
  const AtomReport* first_failing() const;
};

// A label that the call is judged by, and how it came to it.
struct LabelReport {
  enum class Why {
    kSaid,
    kFloor,        // of the LabelSchema, whatever is said
    kImplied,      // by another
    kNothingSaid,  // `unlabelled`: nothing is said, and no floor surely holds
    kNotAsserted,  // `unlabelled`: who says a label may not assert it
  };
  std::string name;
  Why why = Why::kSaid;
};

// Owns its texts: it may outlive the Program.
struct Explanation {
  Verdict verdict = Verdict::kDeny;
  Code code = Code::kNoPolicy;
  bool observed = false;               // as Decision::observed
  std::vector<std::string> overrides;  // as Decision::overrides
  std::vector<LabelReport> labels;
  std::string reason;
  std::vector<std::string> deciding;     // as Decision::rules
  std::vector<std::string> unpermitted;  // as Decision::unpermitted
  Obligations obligations;
  std::vector<RuleReport> rules;       // forbids, permits, obliges
  std::optional<Verdict> with_shadow;  // where there are shadow policies
};

Explanation Explain(const Program& program, const Call& call, const Path& path);

// For people, a few lines a rule.
std::string Render(const Explanation& explanation);

// Everything that keeps the path from being permitted (or would, were its
// caller's namespace not observed), each as "policy/rule:
// where.process.countries.in [EEA], found US at the peer"; empty when it is
// permitted. For a Forbid that fired one entry, for a label without a permit
// those of the closest covering permit.
std::vector<std::string> FailedAtoms(const Program& program, const Call& call,
                                     const Path& path);

struct Candidate {
  std::string_view peer;
  Path path;
};

struct NearestCandidate {
  std::string peer;
  std::vector<std::string> failed;  // empty: it is permitted
};

// The candidate with the fewest failed atoms, the first where equal; nullopt
// without candidates.
std::optional<NearestCandidate> NearestOf(
    const Program& program, const Call& call,
    std::span<const Candidate> candidates);

std::string_view ToString(Effect effect);              // "Permit"
std::string_view ToString(LabelReport::Why why);       // "by a floor"
std::string ToString(const Obligations& obligations);  // "audit: full, ..."

}  // namespace herald::policy
