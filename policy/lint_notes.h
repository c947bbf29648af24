// SPDX-License-Identifier: Apache-2.0
//
// What the parts of lint share: the policies as written beside what they were
// compiled to, and the list that findings go to. Only lint*.cc include this
// header.
#pragma once

#include <string>
#include <vector>

#include "policy/lint.h"

namespace herald::policy {

// A rule, the policy it stands in and what it became.
struct LintRule {
  const Policy* policy;
  const Rule* rule;
  const CompiledRule* compiled;

  bool enforced() const { return policy->mode == Mode::kEnforce; }
};

// Lives for one Lint; borrows what it is given.
class LintNotes {
 public:
  LintNotes(const Reading& reading, const Program& program,
            const LintOptions& options);

  const PolicySet& set() const { return reading_.set; }
  const Vocabulary& words() const { return reading_.words; }
  const Program& program() const { return program_; }
  const LintOptions& options() const { return options_; }
  // Of policies, in the order of the texts; without those of Overrides.
  const std::vector<LintRule>& rules() const { return rules_; }

  void Add(const char* kind, size_t file, Position at, std::string text,
           std::string hint);
  void Add(const char* kind, const LintRule& rule, Position at,
           std::string text, std::string hint);
  void Add(const char* kind, const LintRule& rule, std::string text,
           std::string hint) {
    Add(kind, rule, rule.rule->id.at, std::move(text), std::move(hint));
  }
  std::vector<Finding> Take();

 private:
  const Reading& reading_;
  const Program& program_;
  const LintOptions& options_;
  std::vector<LintRule> rules_;
  std::vector<Finding> findings_;
};

// Each looks for one family of findings.
void LintConditions(LintNotes& notes);  // where and when that cannot hold
void LintOverlaps(LintNotes& notes);    // rules that others make idle
void LintWords(LintNotes& notes);       // labels, purposes, endorsements
void LintDates(LintNotes& notes);       // what is past its day
void LintCrypto(LintNotes& notes);      // regimes that encryption cannot lift
void LintPeers(LintNotes& notes);       // permits that nobody meets

}  // namespace herald::policy
