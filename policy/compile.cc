// SPDX-License-Identifier: Apache-2.0
#include "policy/compile.h"

#include <algorithm>
#include <map>
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

using NameSet = std::set<std::string>;

// All rules of the set.
std::vector<const Rule*> AllRules(const PolicySet& set) {
  std::vector<const Rule*> rules;
  for (const Policy& policy : set.policies) {
    for (const Rule& rule : policy.rules) rules.push_back(&rule);
  }
  for (const Override& override : set.overrides) {
    for (const Rule& rule : override.rules) rules.push_back(&rule);
  }
  return rules;
}

std::vector<std::string> ScopesOf(const PolicySet& set) {
  NameSet scopes;
  for (const Policy& policy : set.policies) {
    if (policy.scope) scopes.insert(*policy.scope);
  }
  for (const Override& override : set.overrides) {
    if (override.scope) scopes.insert(*override.scope);
  }
  return {scopes.begin(), scopes.end()};
}

bool IsReplaced(const Policy& policy, const PolicySet& set) {
  if (policy.mode != Mode::kEnforce) return false;
  return std::any_of(
      set.policies.begin(), set.policies.end(), [&](const Policy& shadow) {
        return shadow.replaces && *shadow.replaces == policy.name &&
               shadow.cluster == policy.cluster && shadow.scope == policy.scope;
      });
}

// Makes the rules of a Program, with what their object says of them.
class ProgramCompiler {
 public:
  ProgramCompiler(const PolicySet& set, const Vocabulary& words,
                  const Discharge& discharge, Program::Parts& parts)
      : set_(set),
        parts_(parts),
        compiler_(words, parts.labels, parts.endorsements, discharge) {}

  // Before the policies, whose Forbids they lift.
  void AddWindows() {
    std::vector<const Override*> sorted;
    for (const Override& one : set_.overrides) sorted.push_back(&one);
    std::sort(sorted.begin(), sorted.end(),
              [](auto* a, auto* b) { return a->name.text < b->name.text; });
    for (const Override* one : sorted) {
      auto id = static_cast<uint32_t>(parts_.overrides.size());
      parts_.overrides.push_back({one->name.text, ScopeOf(one->scope),
                                  one->from.time, one->until.time});
      for (const Text& name : one->lifts) lifts_[name.text].push_back(id);
      ids_[one->name.text] = static_cast<int>(id);
    }
  }

  void AddPolicies() {
    for (const Policy& policy : set_.policies) {
      bool replaced = IsReplaced(policy, set_);
      for (const Rule& rule : policy.rules) {
        CompiledRule& compiled = Add(policy.name.text, rule, policy.scope);
        compiled.shadow = policy.mode == Mode::kShadow;
        compiled.replaced = replaced;
        compiled.cluster = policy.cluster;
        if (rule.effect != Effect::kForbid || compiled.shadow) continue;
        auto lifted = lifts_.find(compiled.name);
        if (lifted != lifts_.end()) compiled.lifted_in = lifted->second;
      }
    }
  }

  void AddOverrides() {
    for (const Override& one : set_.overrides) {
      for (const Rule& rule : one.rules) {
        CompiledRule& compiled = Add(one.name.text, rule, one.scope);
        compiled.override = ids_[one.name.text];
      }
    }
  }

 private:
  int ScopeOf(const std::optional<std::string>& scope) const {
    return scope ? IndexOf(parts_.scopes, *scope) : -1;
  }

  CompiledRule& Add(const std::string& policy, const Rule& rule,
                    const std::optional<std::string>& scope) {
    parts_.rules.push_back(compiler_.Compile(rule));
    CompiledRule& compiled = parts_.rules.back();
    compiled.name = policy + "/" + rule.id.text;
    compiled.scope = ScopeOf(scope);
    return compiled;
  }

  const PolicySet& set_;
  Program::Parts& parts_;
  const RuleCompiler compiler_;
  std::map<std::string, std::vector<uint32_t>> lifts_;
  std::map<std::string, int> ids_;  // of overrides, by name
};

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
  NameSet endorsements;
  for (const Rule* rule : AllRules(set)) {
    if (!words.has_schema) AddNamedLabels(*rule, parts.labels);
    EachEndorsement(
        *rule, [&](const std::string& name) { endorsements.insert(name); });
  }
  for (const Policy& policy : set.policies) {
    parts.has_shadow |= policy.mode == Mode::kShadow;
  }
  parts.scopes = ScopesOf(set);
  parts.endorsements.assign(endorsements.begin(), endorsements.end());
  parts.claims = ClaimRules(set.schemas, parts.labels);
  ProgramCompiler compiler(set, words, discharge, parts);
  compiler.AddWindows();
  compiler.AddPolicies();
  compiler.AddOverrides();
  return std::make_shared<const Program>(std::move(parts));
}

}  // namespace herald::policy
