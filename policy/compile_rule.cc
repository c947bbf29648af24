// SPDX-License-Identifier: Apache-2.0
#include "policy/compile_rule.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/yaml/scalar.h"

namespace herald::policy {
namespace {

std::string List(const Texts& texts) {
  std::string out = "[";
  for (const Text& text : texts) {
    out += (out.size() > 1 ? ", " : "") + text.text;
  }
  return out + "]";
}

void AddPatterns(Atom::Kind kind, const char* name, const OptionalTexts& texts,
                 std::vector<Atom>& atoms) {
  if (!texts) return;
  Atom atom;
  atom.kind = kind;
  atom.name = name;
  atom.expected = List(*texts);
  for (const Text& text : *texts) atom.patterns.emplace_back(text.text);
  atoms.push_back(std::move(atom));
}

void AddBits(Atom::Kind kind, const char* name, const Texts& texts,
             uint64_t bits, std::vector<Atom>& atoms) {
  Atom atom;
  atom.kind = kind;
  atom.name = name;
  atom.expected = List(texts);
  atom.bits = bits;
  atoms.push_back(std::move(atom));
}

// More literal selectors win over fewer and over patterns: 16 for each literal
// dimension, 4 for each pattern, 1 for each other condition.
int Specificity(const When& when) {
  int score = 0;
  for (const OptionalTexts* names :
       {&when.callers, &when.callees, &when.skills}) {
    if (!*names) continue;
    bool literal = std::all_of(
        (*names)->begin(), (*names)->end(),
        [](const Text& text) { return Pattern(text.text).literal(); });
    score += literal ? 16 : 4;
  }
  for (const OptionalTexts* other :
       {&when.purposes, &when.legal_basis, &when.endorsements_any_of,
        &when.endorsements_all_of, &when.labels_any_of, &when.labels_all_of}) {
    if (*other) ++score;
  }
  return score;
}

// The labels of which at least one must be there for the rule to hold.
LabelBits Gate(const CompiledRule& rule) {
  if (rule.effect == Effect::kPermit) return rule.covers;
  for (const Atom& atom : rule.atoms) {
    if (atom.kind == Atom::Kind::kLabelsAnyOf ||
        atom.kind == Atom::Kind::kLabelsAllOf) {
      return atom.bits;
    }
  }
  return kNoGate;
}

}  // namespace

CompiledRule RuleCompiler::Compile(const Rule& rule) const {
  CompiledRule compiled;
  compiled.effect = rule.effect;
  compiled.covers = Labels(rule.covers);
  compiled.lifted_by = Endorsements(rule.unless_endorsed);
  compiled.cuts =
      rule.effect == Effect::kForbid && rule.on_change == OnChange::kCut;
  compiled.obligations = rule.obligations;
  compiled.prefer = rule.prefer;
  for (const PreferKeys::Weight& one : rule.prefer.weights) {
    PeerClass& added = compiled.peer_classes.emplace_back();
    added.weight = one.weight;
    for (const Text& name : one.peers) added.peers.emplace_back(name.text);
  }
  compiled.specificity = Specificity(rule.when);
  AddWhen(rule.when, compiled.atoms);
  if (rule.where) AddWhere(*rule.where, compiled.atoms);
  AddObligationAtoms(
      rule, rule.effect == Effect::kPermit ? compiled.atoms : compiled.demands);
  compiled.gate = Gate(compiled);
  return compiled;
}

void RuleCompiler::AddWhen(const When& when, std::vector<Atom>& atoms) const {
  using Kind = Atom::Kind;
  if (when.labels_any_of) {
    AddBits(Kind::kLabelsAnyOf, "when.labels.anyOf", *when.labels_any_of,
            Labels(*when.labels_any_of), atoms);
  }
  if (when.labels_all_of) {
    AddBits(Kind::kLabelsAllOf, "when.labels.allOf", *when.labels_all_of,
            Labels(*when.labels_all_of), atoms);
  }
  if (when.endorsements_any_of) {
    AddBits(Kind::kEndorsementsAnyOf, "when.endorsements.anyOf",
            *when.endorsements_any_of, Endorsements(*when.endorsements_any_of),
            atoms);
  }
  if (when.endorsements_all_of) {
    AddBits(Kind::kEndorsementsAllOf, "when.endorsements.allOf",
            *when.endorsements_all_of, Endorsements(*when.endorsements_all_of),
            atoms);
  }
  AddPatterns(Kind::kPurposes, "when.purposes", when.purposes, atoms);
  AddPatterns(Kind::kLegalBasis, "when.legalBasis", when.legal_basis, atoms);
  AddPatterns(Kind::kCallees, "when.callees", when.callees, atoms);
  AddPatterns(Kind::kSkills, "when.skills", when.skills, atoms);
  AddPatterns(Kind::kCallers, "when.callers", when.callers, atoms);
}

void RuleCompiler::AddWhere(const Where& where,
                            std::vector<Atom>& atoms) const {
  using Kind = Atom::Kind;
  if (where.end_to_end) {
    Atom atom;
    atom.kind = Kind::kEndToEnd;
    atom.name = "where.crypto.endToEnd";
    atom.expected = "true";
    atoms.push_back(std::move(atom));
  }
  if (where.keys_held_in) {
    Atom atom;
    atom.kind = Kind::kKeysHeldIn;
    atom.name = "where.crypto.keysHeldIn.in";
    atom.expected = List(*where.keys_held_in);
    atom.countries = Countries(*where.keys_held_in);
    atoms.push_back(std::move(atom));
  }
  // "All nodes" distributes over facts, so each is an atom of its own.
  auto add_all = [&](Kind kind, const char* name,
                     const std::optional<NodeTest>& test) {
    if (!test) return;
    for (NodeFact& fact : Facts(*test)) {
      Atom atom;
      atom.kind = kind;
      atom.name = name + ("." + fact.name);
      atom.expected = fact.expected;
      atom.facts.push_back(std::move(fact));
      atoms.push_back(std::move(atom));
    }
  };
  add_all(Kind::kProcess, "where.process", where.process);
  add_all(Kind::kTransit, "where.transit", where.transit);
  // "Some node" does not: the same node must have all of them.
  auto add_any = [&](Kind kind, const char* name,
                     const std::optional<NodeTest>& test) {
    if (!test) return;
    Atom atom;
    atom.kind = kind;
    atom.name = name;
    atom.facts = Facts(*test);
    for (const NodeFact& fact : atom.facts) {
      atom.expected += (atom.expected.empty() ? "" : " and ") + fact.name +
                       " " + fact.expected;
    }
    atoms.push_back(std::move(atom));
  };
  add_any(Kind::kAnyNode, "where.anyNode", where.any_node);
  add_any(Kind::kAnyProcess, "where.anyProcess", where.any_process);
}

// A permit whose obligation cannot be met permits nothing. Said as an atom, it
// stays so whatever else matches: were it judged after joining all that
// matched, a further relay could unmatch the demanding permit and turn a Deny
// into a Permit.
void RuleCompiler::AddObligationAtoms(const Rule& rule,
                                      std::vector<Atom>& atoms) const {
  for (std::string& name : NotDischargeable(rule.obligations)) {
    Atom atom;
    atom.kind = Atom::Kind::kNever;
    atom.name = "obligations." + name;
    atom.expected = "someone here who can discharge it";
    atoms.push_back(std::move(atom));
  }
  if (rule.obligations.retain &&
      discharge_.retain == Discharge::Retain::kByPromise) {
    Atom atom;
    atom.kind = Atom::Kind::kRetention;
    atom.name = "obligations.retain";
    atom.expected = yaml::ToString(*rule.obligations.retain) + " at most";
    atom.retention = *rule.obligations.retain;
    atoms.push_back(std::move(atom));
  }
  bool asked = rule.where && rule.where->end_to_end;
  if (!rule.obligations.encrypt_end_to_end || asked) return;
  Atom atom;
  atom.kind = Atom::Kind::kEndToEnd;
  atom.name = "obligations.encrypt";
  atom.expected = "endToEnd";
  atoms.push_back(std::move(atom));
}

std::vector<std::string> RuleCompiler::NotDischargeable(
    const Obligations& asked) const {
  std::vector<std::string> names;
  if (!asked.meters.empty() && !discharge_.meter) names.push_back("meter");
  if (asked.retain && discharge_.retain == Discharge::Retain::kNobody) {
    names.push_back("retain");
  }
  if (!asked.redact.empty() && !discharge_.redact) names.push_back("redact");
  if (!asked.notify.empty() && !discharge_.notify) names.push_back("notify");
  return names;
}

NodeFact RuleCompiler::CountryFact(NodeFact::Kind kind, const char* name,
                                   const Texts& names) const {
  NodeFact fact;
  fact.kind = kind;
  fact.name = name;
  fact.expected = List(names);
  fact.countries = Countries(names);
  return fact;
}

std::vector<NodeFact> RuleCompiler::Facts(const NodeTest& test) const {
  using Kind = NodeFact::Kind;
  std::vector<NodeFact> facts;
  auto add = [&](Kind kind, const char* name, const OptionalTexts& texts) {
    if (texts) facts.push_back(CountryFact(kind, name, *texts));
  };
  add(Kind::kCountries, "countries.in", test.countries_in);
  add(Kind::kControlOnlyIn, "operatorControl.onlyIn", test.control_only_in);
  add(Kind::kControlNotOnlyIn, "operatorControl.notOnlyIn",
      test.control_not_only_in);
  add(Kind::kControlAnyOf, "operatorControl.anyOf", test.control_any_of);
  if (test.tiers) {
    NodeFact fact;
    fact.kind = Kind::kTiers;
    fact.name = "tiers";
    Texts names;
    for (Tier tier : *test.tiers) {
      fact.tiers |= static_cast<uint8_t>(1u << static_cast<unsigned>(tier));
      names.push_back(Text{std::string(ToString(tier)), {}});
    }
    fact.expected = List(names);
    facts.push_back(std::move(fact));
  }
  if (test.assurance_all_of) {
    NodeFact fact;
    fact.kind = Kind::kAssurance;
    fact.name = "assurance.allOf";
    fact.expected = List(*test.assurance_all_of);
    for (const Text& text : *test.assurance_all_of) {
      fact.assurance.push_back(text.text);
    }
    facts.push_back(std::move(fact));
  }
  if (test.attestation_min) {
    NodeFact fact;
    fact.kind = Kind::kAttestation;
    fact.name = "attestation.min";
    fact.expected = ToString(*test.attestation_min);
    fact.min = *test.attestation_min;
    facts.push_back(std::move(fact));
  }
  return facts;
}

CountryBits RuleCompiler::Countries(const Texts& names) const {
  CountryBits bits;
  for (const Text& name : names) {
    std::optional<CountryBits> one = words_.Countries(name.text);
    HERALD_CHECK(one, "check.h lets only known names through");
    bits |= *one;
  }
  return bits;
}

LabelBits RuleCompiler::Labels(const Texts& names) const {
  LabelBits bits = 0;
  for (const Text& name : names) {
    std::optional<int> label = labels_.Find(name.text);
    HERALD_CHECK(label, "check.h lets only known names through");
    bits |= LabelBit(*label);
  }
  return bits;
}

uint64_t RuleCompiler::Endorsements(const Texts& names) const {
  uint64_t bits = 0;
  for (const Text& name : names) {
    auto at =
        std::lower_bound(endorsements_.begin(), endorsements_.end(), name.text);
    HERALD_CHECK(at != endorsements_.end() && *at == name.text,
                 "collected beforehand");
    bits |= uint64_t{1} << (at - endorsements_.begin());
  }
  return bits;
}

}  // namespace herald::policy
