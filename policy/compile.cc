// SPDX-License-Identifier: Apache-2.0
#include "policy/compile.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/check.h"
#include "policy/compile_rule.h"

namespace herald::policy {
namespace {

template <typename Fn>
void EachEndorsement(const Rule& rule, Fn fn) {
  for (const OptionalTexts& texts :
       {rule.when.endorsements_any_of, rule.when.endorsements_all_of,
        OptionalTexts(rule.unless_endorsed)}) {
    if (!texts) continue;
    for (const Text& text : *texts) fn(text.text);
  }
}

// Without a schema the words of the policies are the labels.
void AddNamedLabels(const Rule& rule, LabelTable& labels) {
  for (const OptionalTexts& texts :
       {OptionalTexts(rule.covers), rule.when.labels_any_of,
        rule.when.labels_all_of}) {
    if (!texts) continue;
    for (const Text& text : *texts) labels.Add(text.text, true);
  }
}

int IndexOf(const std::vector<std::string>& sorted, const std::string& name) {
  auto at = std::lower_bound(sorted.begin(), sorted.end(), name);
  HERALD_CHECK(at != sorted.end() && *at == name, "collected beforehand");
  return static_cast<int>(at - sorted.begin());
}

}  // namespace

std::shared_ptr<const Program> Compile(const PolicySet& set,
                                       const Vocabulary& words,
                                       const Discharge& discharge,
                                       ProgramFacts facts) {
  Program::Parts parts;
  parts.has_policies = !set.policies.empty();
  parts.has_schema = words.has_schema;
  parts.labels = words.labels;
  parts.facts = std::move(facts);
  Describe(set, parts.facts);
  std::set<std::string> scopes;
  std::set<std::string> endorsements;
  for (const Policy& policy : set.policies) {
    parts.has_shadow |= policy.mode == Mode::kShadow;
    if (policy.scope) scopes.insert(*policy.scope);
    for (const Rule& rule : policy.rules) {
      if (!words.has_schema) AddNamedLabels(rule, parts.labels);
      EachEndorsement(
          rule, [&](const std::string& name) { endorsements.insert(name); });
    }
  }
  parts.scopes.assign(scopes.begin(), scopes.end());
  parts.endorsements.assign(endorsements.begin(), endorsements.end());
  parts.claims = ClaimRules(set.schemas, parts.labels);
  RuleCompiler compiler(words, parts.labels, parts.endorsements, discharge);
  for (const Policy& policy : set.policies) {
    for (const Rule& rule : policy.rules) {
      CompiledRule compiled = compiler.Compile(rule);
      compiled.name = policy.name.text + "/" + rule.id.text;
      compiled.shadow = policy.mode == Mode::kShadow;
      if (policy.scope) compiled.scope = IndexOf(parts.scopes, *policy.scope);
      parts.rules.push_back(std::move(compiled));
    }
  }
  return std::make_shared<const Program>(std::move(parts));
}

}  // namespace herald::policy
