// SPDX-License-Identifier: Apache-2.0
//
// What is permitted by the grammar and probably not meant: rules that decide
// nothing, labels that go nowhere or anywhere, sets nobody looked at again.
// Texts in, findings out; policies are judged as they are written, without a
// call. What each kind means and what to do about it: docs/policy/TOOLS.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.h"
#include "core/base/time.h"
#include "policy/load.h"
#include "policy/question.h"

namespace herald::policy {

struct Finding {
  std::string kind;  // "shadowed-rule"
  std::string file;
  Position at;
  std::string rule;  // "policy/rule", or empty
  std::string text;  // what is wrong
  std::string hint;  // what to do
  std::string source_line;
};

// A peer of the fleet, and the path to it. Views: whoever asks keeps the sites.
struct LintPeer {
  struct Agent {
    std::string name;
    std::vector<std::string> skills;
  };
  std::string name;
  std::vector<Agent> agents;
  std::vector<Node> path;  // the peer last
};

struct LintOptions {
  WallTime now;
  // With peers, permits that none of them meets are findings.
  const std::vector<LintPeer>* peers = nullptr;
};

struct Linted {
  Issues issues;                  // with errors there are no findings
  std::vector<Finding> findings;  // by file and line
};
Linted Lint(const std::vector<SourceText>& texts, const LintOptions& options);

// "policy.yaml:12:7: shadowed-rule: p/a: ...; hint" and the line with a caret.
std::string Render(const Finding& finding);

}  // namespace herald::policy
