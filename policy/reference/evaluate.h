// SPDX-License-Identifier: Apache-2.0
//
// The definition of the language: evaluation written from docs/POLICY.md and
// docs/POLICY_DESIGN.md with sets of names and loops, straight on the plain
// values of schema.h. Slow and short on purpose. It shares nothing with the
// compiled evaluator but the parser; tests compare the two on random policies
// and questions.
#pragma once

#include <string>

#include "policy/compile.h"
#include "policy/decision.h"
#include "policy/question.h"
#include "policy/reference/sets.h"
#include "policy/schema.h"

namespace herald::policy::reference {

struct Answer {
  bool permit = false;
  std::string code;
  Names rules, unpermitted, overrides;
  bool observed = false, cuts = false;
  Obligations obligations;
  Names labels;  // that it was judged by, with all that they imply
};

// REQUIRES: `set` came through check.h without errors.
Answer Evaluate(const PolicySet& set, const Discharge& discharge,
                const Call& call, const Path& path, bool with_shadow);

}  // namespace herald::policy::reference
