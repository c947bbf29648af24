// SPDX-License-Identifier: Apache-2.0
//
// The `--json` of the policy commands, one object a line. Only
// policy_*command.cc include this header.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "policy/diff.h"
#include "policy/explain.h"
#include "policy/fixture.h"
#include "policy/lint.h"
#include "policy/question.h"

namespace herald::cli {

struct PeerExplanation {
  std::string peer;
  policy::Explanation explanation;
};

// {"fine", "hash", "issues": [{"severity", "file", "line", "column", "text",
// "hint"}]}
std::string CheckToJson(const Issues& issues, const std::string& hash);

// {"kind", "file", "line", "column", "rule", "text", "hint"}; an error of the
// text has kind "error".
std::string FindingToJson(const policy::Finding& finding);
std::string ErrorToJson(const Issue& issue);

// {"file", "name", "passed", "verdict", "rules", "obligations", "shadow",
// "differences"}
std::string CaseToJson(const std::string& file,
                       const policy::CaseResult& result);

// {"coverage": {"rules", "rulesBothWays", "atoms", "atomsSeen", "gaps":
// [{"file", "line", "column", "rule", "neverHeld", "neverFailed", "atoms":
// [{"name", "expected", "missing"}]}]}}
std::string CoverageToJson(const policy::CoverageReport& report);

// What a decision log says of a change: ids of calls.
struct LoggedFlips {
  size_t decisions = 0;
  std::vector<std::string> newly_permitted;
  std::vector<std::string> newly_denied;
};
// {"now", "classes", "deniedBy", "unpermitted", "reason", "permittedBy",
// "witness"}; the witness is a case of a PolicyTest, YAML.
std::string FlipToJson(const policy::Flip& flip);
// {"newlyPermitted", "newlyDenied", "calls", "paths", "bounds", "log":
// {"decisions", "newlyPermitted", "newlyDenied"}}; `logged` may be null.
std::string DiffToJson(const policy::PolicyDiff& diff,
                       const LoggedFlips* logged);

// {"agent", "verdict", "candidates": [{"peer", "verdict", "reason", "rules",
// "unpermitted", "obligations", "shadow", "explained": [...]}], "nearest"}
std::string ExplanationToJson(
    const policy::Call& call, const std::vector<PeerExplanation>& peers,
    const std::optional<policy::NearestCandidate>& nearest);

}  // namespace herald::cli
