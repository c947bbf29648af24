// SPDX-License-Identifier: Apache-2.0
#include "policy/program.h"

#include <algorithm>
#include <utility>

#include "policy/plan.h"

namespace herald::policy {
namespace {

// The one literal that the atom of `kind` asks for, or null.
const std::string* OnlyLiteral(const CompiledRule& rule, Atom::Kind kind) {
  for (const Atom& atom : rule.atoms) {
    if (atom.kind != kind) continue;
    bool one = atom.patterns.size() == 1 && atom.patterns[0].literal();
    return one ? &atom.patterns[0].text() : nullptr;
  }
  return nullptr;
}

}  // namespace

void RuleIndex::Add(const CompiledRule& rule, uint32_t id) {
  Slot slot{rule.gate, id, rule.scope};
  if (const std::string* callee = OnlyLiteral(rule, Atom::Kind::kCallees)) {
    by_callee_[*callee].push_back(slot);
  } else if (const std::string* skill =
                 OnlyLiteral(rule, Atom::Kind::kSkills)) {
    by_skill_[*skill].push_back(slot);
  } else {
    rest_.push_back(slot);
  }
}

Program::Program(Parts parts) : parts_(std::move(parts)) {
  for (uint32_t id = 0; id < parts_.rules.size(); ++id) {
    const CompiledRule& rule = parts_.rules[id];
    index_[static_cast<size_t>(rule.effect)].Add(rule, id);
  }
  plan_ = std::make_unique<const Plan>(parts_.rules);
}

Program::~Program() = default;

}  // namespace herald::policy
