// SPDX-License-Identifier: Apache-2.0
//
// The `--json` of the policy commands, one object a line. Only
// policy_*command.cc include this header.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/issue.h"
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

// {"agent", "verdict", "candidates": [{"peer", "verdict", "reason", "rules",
// "unpermitted", "obligations", "shadow", "explained": [...]}], "nearest"}
std::string ExplanationToJson(
    const policy::Call& call, const std::vector<PeerExplanation>& peers,
    const std::optional<policy::NearestCandidate>& nearest);

}  // namespace herald::cli
