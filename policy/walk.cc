// SPDX-License-Identifier: Apache-2.0
#include "policy/walk.h"

#include <algorithm>

namespace herald::policy {
namespace {

// The peer itself always sees clear text.
bool SeesClearText(const Node& node) { return !node.relay || node.terminates; }

int LookUp(const std::vector<std::string>& sorted, std::string_view name) {
  auto at = std::lower_bound(sorted.begin(), sorted.end(), name);
  if (at == sorted.end() || *at != name) return -1;
  return static_cast<int>(at - sorted.begin());
}

// Purposes and legal bases are names: no `*` in them.
Truth TestNames(const std::vector<Pattern>& names,
                std::optional<std::string_view> subject) {
  if (!subject || subject->empty()) return Truth::kUnknown;
  for (const Pattern& name : names) {
    if (name.text() == *subject) return Truth::kTrue;
  }
  return Truth::kFalse;
}

bool Within(const std::vector<Country>& countries, const CountryBits& set) {
  return std::all_of(countries.begin(), countries.end(), [&](Country one) {
    return set.test(static_cast<size_t>(one.index()));
  });
}

bool Meets(const std::vector<Country>& countries, const CountryBits& set) {
  return std::any_of(countries.begin(), countries.end(), [&](Country one) {
    return set.test(static_cast<size_t>(one.index()));
  });
}

bool HasAll(const std::vector<std::string>& has,
            const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& name) {
    return std::find(has.begin(), has.end(), name) != has.end();
  });
}

Truth TestControl(const NodeFact& fact, const Site& site) {
  if (!site.operator_control) return Truth::kUnknown;
  const std::vector<Country>& control = *site.operator_control;
  // Known to be controlled by nobody is not "only in" anywhere.
  bool only_in = !control.empty() && Within(control, fact.countries);
  if (fact.kind == NodeFact::Kind::kControlOnlyIn) return ToTruth(only_in);
  if (fact.kind == NodeFact::Kind::kControlNotOnlyIn) return ToTruth(!only_in);
  return ToTruth(Meets(control, fact.countries));
}

}  // namespace

CallFacts FactsOf(const Program& program, const Call& call) {
  CallFacts facts;
  for (const std::string& label : call.labels) {
    if (std::optional<int> known = program.labels().Find(label)) {
      facts.labels |= LabelBit(*known);
    } else if (facts.strange_label.empty()) {
      facts.strange_label = label.empty() ? std::string_view("''") : label;
    }
  }
  facts.labels =
      program.labels().Closure(program.claims().Bear(call, facts.labels));
  for (const std::string& endorsement : call.endorsements) {
    int known = LookUp(program.endorsements(), endorsement);
    if (known >= 0) facts.endorsements |= uint64_t{1} << known;
  }
  if (call.caller_namespace) {
    int known = LookUp(program.scopes(), *call.caller_namespace);
    facts.scope = known >= 0 ? known : CallFacts::kNowhere;
    facts.observed =
        call.at && program.about().Observes(*call.caller_namespace, *call.at);
  }
  return facts;
}

Truth TestFact(const NodeFact& fact, const Node& node) {
  if (node.site == nullptr) return Truth::kUnknown;
  const Site& site = *node.site;
  using Kind = NodeFact::Kind;
  switch (fact.kind) {
    case Kind::kCountries:
      if (!site.country) return Truth::kUnknown;
      return ToTruth(
          fact.countries.test(static_cast<size_t>(site.country->index())));
    case Kind::kControlOnlyIn:
    case Kind::kControlNotOnlyIn:
    case Kind::kControlAnyOf:
      return TestControl(fact, site);
    case Kind::kTiers:
      if (!site.tier) return Truth::kUnknown;
      return ToTruth((fact.tiers >> static_cast<unsigned>(*site.tier)) & 1u);
    case Kind::kAssurance:
      if (!site.assurance) return Truth::kUnknown;
      return ToTruth(HasAll(*site.assurance, fact.assurance));
    case Kind::kAttestation:
      if (!site.attestation) return Truth::kUnknown;
      return ToTruth(*site.attestation >= fact.min);
  }
  return Truth::kUnknown;
}

bool Walk::end_to_end() const {
  return std::none_of(
      path_.nodes.begin(), path_.nodes.end(),
      [](const Node& node) { return node.relay && node.terminates; });
}

Walk::Answer Walk::TestAll(const Atom& atom, bool process) const {
  Answer answer{Truth::kTrue};
  for (size_t i = 0; i < path_.nodes.size(); ++i) {
    const Node& node = path_.nodes[i];
    if (SeesClearText(node) != process) continue;
    Truth truth = TestFact(atom.facts[0], node);
    if (truth < answer.truth) answer = {truth, static_cast<int>(i)};
  }
  return answer;
}

Walk::Answer Walk::TestAny(const Atom& atom, bool process) const {
  Answer answer{Truth::kFalse};
  for (size_t i = 0; i < path_.nodes.size(); ++i) {
    const Node& node = path_.nodes[i];
    if (process && !SeesClearText(node)) continue;
    Truth truth = Truth::kTrue;
    for (const NodeFact& fact : atom.facts) {
      truth = And(truth, TestFact(fact, node));
    }
    if (truth > answer.truth) answer = {truth, static_cast<int>(i)};
  }
  return answer;
}

Walk::Answer Walk::Test(const Atom& atom) const {
  using Kind = Atom::Kind;
  switch (atom.kind) {
    case Kind::kEndToEnd:
      return {ToTruth(end_to_end())};
    case Kind::kKeysHeldIn:
      return {TestKeys(atom, path_.keys_held_in)};
    case Kind::kProcess:
      return TestAll(atom, true);
    case Kind::kTransit:
      return TestAll(atom, false);
    case Kind::kAnyNode:
      return TestAny(atom, false);
    case Kind::kAnyProcess:
      return TestAny(atom, true);
    case Kind::kRetention: {
      int peer = static_cast<int>(path_.nodes.size()) - 1;
      if (peer < 0) return {Truth::kUnknown};
      return {TestRetention(atom, path_.nodes.back()), peer};
    }
    case Kind::kNever:
      return {Truth::kFalse};
    default:
      return {TestCall(atom, call_, facts_)};
  }
}

bool IsOpen(const Program& program, const Call& call, const CallFacts& facts,
            uint32_t override) {
  const OverrideWindow& window = program.overrides()[override];
  return call.at && window.from <= *call.at && *call.at <= window.until &&
         InScope(facts, window.scope);
}

Truth TestCall(const Atom& atom, const Call& call, const CallFacts& facts) {
  using Kind = Atom::Kind;
  switch (atom.kind) {
    case Kind::kCallers:
      return MatchesAny(atom.patterns, call.caller);
    case Kind::kCallees:
      return MatchesAny(atom.patterns, call.callee);
    case Kind::kSkills:
      return MatchesAny(atom.patterns, call.skill);
    case Kind::kPurposes:
      return TestNames(atom.patterns, call.purpose);
    case Kind::kLegalBasis:
      return TestNames(atom.patterns, call.legal_basis);
    case Kind::kEndorsementsAnyOf:
      return ToTruth((facts.endorsements & atom.bits) != 0);
    case Kind::kEndorsementsAllOf:
      return ToTruth((facts.endorsements & atom.bits) == atom.bits);
    case Kind::kLabelsAnyOf:
      return ToTruth((facts.labels & atom.bits) != 0);
    case Kind::kLabelsAllOf:
      return ToTruth((facts.labels & atom.bits) == atom.bits);
    default:
      return Truth::kUnknown;
  }
}

Truth TestKeys(const Atom& atom, std::optional<Country> held_in) {
  if (!held_in) return Truth::kUnknown;
  return ToTruth(atom.countries.test(static_cast<size_t>(held_in->index())));
}

Truth TestRetention(const Atom& atom, const Node& peer) {
  if (peer.site == nullptr || !peer.site->retention) return Truth::kUnknown;
  return ToTruth(*peer.site->retention <= atom.retention);
}

}  // namespace herald::policy
