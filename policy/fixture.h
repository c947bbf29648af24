// SPDX-License-Identifier: Apache-2.0
//
// Runs PolicyTest files: calls and paths with the verdict their author
// expects, so that a change of policy is tested like code. The format is in
// docs/POLICY.md.
//
// In a test every obligation counts as dischargeable, but for `encrypt:
// endToEnd` where a relay terminates, which no sidecar could keep.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/status.h"
#include "policy/coverage.h"
#include "policy/decision.h"
#include "policy/load.h"

namespace herald::policy {

struct CaseResult {
  std::string name;
  bool passed = false;
  Verdict verdict = Verdict::kDeny;
  std::vector<std::string> rules;
  Obligations obligations;
  std::optional<Verdict> shadow;  // where there are shadow policies
  // What differs: "verdict: expected Permit, came Deny"; empty when passed.
  std::vector<std::string> differences;
  std::string why;  // on one line, for failing cases
};

struct FixtureResult {
  Issues issues;  // with errors: no case was run
  std::vector<CaseResult> cases;
};

// The text of a file, by path.
using ReadText = std::function<StatusOr<std::string>(const std::string&)>;

// Runs every case of every PolicyTest in `fixture`, whose `name` is its path;
// policies are read relative to it. What the cases show of the policies is
// added to `coverage`, where there is one.
FixtureResult RunFixture(const SourceText& fixture, const ReadText& read,
                         Coverage* coverage = nullptr);

}  // namespace herald::policy
