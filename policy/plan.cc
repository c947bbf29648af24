// SPDX-License-Identifier: Apache-2.0
#include "policy/plan.h"

#include <algorithm>
#include <bit>

namespace herald::policy {
namespace {

constexpr uint32_t kWordBits = 64;

const Atom* Find(const CompiledRule& rule, Atom::Kind kind) {
  for (const Atom& atom : rule.atoms) {
    if (atom.kind == kind) return &atom;
  }
  return nullptr;
}

bool Has(const std::vector<Atom>& atoms, Atom::Kind kind) {
  return std::any_of(atoms.begin(), atoms.end(),
                     [&](const Atom& atom) { return atom.kind == kind; });
}

// Two atoms that ask the same of a call have the same key.
std::string KeyOf(const Atom& atom) {
  std::string key = std::to_string(static_cast<int>(atom.kind)) + " " +
                    std::to_string(atom.bits);
  for (const Pattern& pattern : atom.patterns) {
    key += '\0' + pattern.text();
  }
  return key;
}

// A rule whose gate is shut is not come to: the gate need not be asked again.
bool IsTheGate(const Atom& atom, const CompiledRule& rule) {
  return atom.kind == Atom::Kind::kLabelsAnyOf && atom.bits == rule.gate &&
         rule.gate != kNoGate;
}

// The one literal that the atom of `kind` asks for, or null.
const std::string* OnlyLiteral(const CompiledRule& rule, Atom::Kind kind) {
  const Atom* atom = Find(rule, kind);
  bool one = atom != nullptr && atom->patterns.size() == 1 &&
             atom->patterns[0].literal();
  return one ? &atom->patterns[0].text() : nullptr;
}

}  // namespace

bool IsAboutCall(Atom::Kind kind) {
  switch (kind) {
    case Atom::Kind::kCallers:
    case Atom::Kind::kCallees:
    case Atom::Kind::kSkills:
    case Atom::Kind::kPurposes:
    case Atom::Kind::kLegalBasis:
    case Atom::Kind::kEndorsementsAnyOf:
    case Atom::Kind::kEndorsementsAllOf:
    case Atom::Kind::kLabelsAnyOf:
    case Atom::Kind::kLabelsAllOf:
      return true;
    case Atom::Kind::kEndToEnd:
    case Atom::Kind::kKeysHeldIn:
    case Atom::Kind::kProcess:
    case Atom::Kind::kTransit:
    case Atom::Kind::kAnyNode:
    case Atom::Kind::kAnyProcess:
    case Atom::Kind::kRetention:
    case Atom::Kind::kNever:
      return false;
  }
  return false;
}

Plan::Plan(const std::vector<CompiledRule>& rules) {
  ranges_[0] = Place(rules, Effect::kForbid);
  ranges_[1] = Place(rules, Effect::kPermit);
  ranges_[2] = Place(rules, Effect::kOblige);
  known_atoms_ = {};
}

// By gate, so that the rules of one label share words.
Plan::Range Plan::Place(const std::vector<CompiledRule>& rules, Effect effect) {
  std::vector<const CompiledRule*> placed;
  for (const CompiledRule& rule : rules) {
    // A Permit that nobody can keep permits nothing, whatever is asked.
    bool idle = rule.shadow || rule.effect != effect ||
                Has(rule.atoms, Atom::Kind::kNever);
    if (!idle) placed.push_back(&rule);
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](auto* a, auto* b) { return a->gate < b->gate; });
  Range range{static_cast<uint32_t>(words_.size()), 0};
  for (const CompiledRule* rule : placed) PlaceOne(*rule);
  entries_.resize(words_.size() * kWordBits);
  range.end = static_cast<uint32_t>(words_.size());
  return range;
}

void Plan::PlaceOne(const CompiledRule& rule) {
  auto position = static_cast<uint32_t>(entries_.size());
  if (position % kWordBits == 0) words_.emplace_back();
  Entry& entry = entries_.emplace_back();
  entry.rule = &rule;
  entry.lifted_by = rule.lifted_by;
  entry.covers = rule.covers;
  entry.override = rule.override;
  entry.lifted = !rule.lifted_in.empty();
  entry.keys = Find(rule, Atom::Kind::kKeysHeldIn);
  AddAtoms(rule, entry);
  AddSlot(rule, position);
  using Kind = Atom::Kind;
  uint64_t bit = uint64_t{1} << (position % kWordBits);
  Word& word = words_.back();
  if (Has(rule.atoms, Kind::kEndToEnd) || Has(rule.demands, Kind::kEndToEnd)) {
    word.end_to_end |= bit;
  }
  if (entry.keys != nullptr) word.keys |= bit;
  if (rule.cluster) word.cluster |= bit;
  if (Has(rule.demands, Kind::kNever)) word.never |= bit;
}

void Plan::AddAtoms(const CompiledRule& rule, Entry& entry) {
  entry.first_atom = static_cast<uint32_t>(atom_ids_.size());
  for (const Atom& atom : rule.atoms) {
    if (!IsAboutCall(atom.kind) || IsTheGate(atom, rule)) continue;
    auto next = static_cast<uint32_t>(atoms_.size());
    auto [at, fresh] = known_atoms_.emplace(KeyOf(atom), next);
    if (fresh) atoms_.push_back(&atom);
    atom_ids_.push_back(at->second);
  }
  entry.end_atom = static_cast<uint32_t>(atom_ids_.size());
}

void Plan::AddSlot(const CompiledRule& rule, uint32_t position) {
  Slot slot{rule.gate, position, rule.scope};
  if (const std::string* callee = OnlyLiteral(rule, Atom::Kind::kCallees)) {
    by_callee_[*callee].push_back(slot);
  } else if (const std::string* skill =
                 OnlyLiteral(rule, Atom::Kind::kSkills)) {
    by_skill_[*skill].push_back(slot);
  } else if (std::has_single_bit(rule.gate)) {
    by_label_[static_cast<size_t>(std::countr_zero(rule.gate))].push_back(slot);
  } else {
    rest_.push_back(slot);
  }
}

}  // namespace herald::policy
