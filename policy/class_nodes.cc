// SPDX-License-Identifier: Apache-2.0
//
// What policies can tell apart about nodes, fact by fact.
#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "policy/class_values.h"
#include "policy/walk.h"

namespace herald::policy {
namespace {

using Countries = std::vector<Country>;

// Countries as witnesses are likely to be read: well-known ones first.
Countries AllCountries() {
  constexpr std::string_view kKnown = "DEFRUSGBCHCNJPINBR";
  Countries all;
  auto add = [&all](std::string_view code) {
    std::optional<Country> one = Country::Parse(code);
    if (!one || !IsAssigned(*one)) return;
    if (std::find(all.begin(), all.end(), *one) == all.end()) {
      all.push_back(*one);
    }
  };
  for (size_t i = 0; i < kKnown.size(); i += 2) add(kKnown.substr(i, 2));
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) add(std::string({a, b}));
  }
  return all;
}

// The facts of some kinds that any rule asks of a node.
std::vector<const NodeFact*> FactsOf(std::span<const Judgement> sides,
                                     const std::set<NodeFact::Kind>& kinds) {
  std::vector<const NodeFact*> facts;
  for (const CompiledRule* rule : VerdictRules(sides)) {
    for (const Atom& atom : rule->atoms) {
      for (const NodeFact& fact : atom.facts) {
        if (kinds.count(fact.kind) > 0) facts.push_back(&fact);
      }
    }
  }
  return facts;
}

// Of `candidates` those that the facts tell apart, the earlier where equal.
// `put` makes a site of one.
template <typename Value, typename Put>
std::vector<Value> Distinct(const std::vector<const NodeFact*>& facts,
                            std::vector<Value> candidates, Put put) {
  if (facts.empty()) return {Value()};
  std::set<std::vector<Truth>> seen;
  std::vector<Value> distinct;
  for (Value& candidate : candidates) {
    Site site;
    put(site, candidate);
    Node node{.site = &site};
    std::vector<Truth> truths;
    for (const NodeFact* fact : facts) truths.push_back(TestFact(*fact, node));
    if (seen.insert(truths).second) distinct.push_back(std::move(candidate));
  }
  return distinct;
}

std::vector<std::optional<Country>> CountryValues(
    std::span<const Judgement> sides) {
  std::vector<std::optional<Country>> candidates;
  for (Country one : AllCountries()) candidates.emplace_back(one);
  candidates.emplace_back();
  return Distinct(FactsOf(sides, {NodeFact::Kind::kCountries}), candidates,
                  [](Site& site, const auto& one) { site.country = one; });
}

// Alone, in pairs (the first of each class), nobody, unknown.
std::vector<std::optional<Countries>> ControlValues(
    std::span<const Judgement> sides) {
  using Kind = NodeFact::Kind;
  std::vector<const NodeFact*> facts = FactsOf(
      sides,
      {Kind::kControlOnlyIn, Kind::kControlNotOnlyIn, Kind::kControlAnyOf});
  auto put = [](Site& site, const std::optional<Countries>& one) {
    site.operator_control = one;
  };
  // Two countries of the same sets are one class, whatever is asked of sets.
  std::set<std::vector<bool>> seen;
  Countries classes;
  for (Country one : AllCountries()) {
    std::vector<bool> within;
    for (const NodeFact* fact : facts) {
      within.push_back(fact->countries.test(static_cast<size_t>(one.index())));
    }
    if (seen.insert(within).second) classes.push_back(one);
  }
  std::vector<std::optional<Countries>> candidates;
  for (Country one : classes) candidates.emplace_back(Countries{one});
  candidates.emplace_back(Countries{});
  for (Country one : classes) {
    for (Country other : classes) {
      if (one != other) candidates.emplace_back(Countries{one, other});
    }
  }
  candidates.emplace_back(classes);
  candidates.emplace_back();
  return Distinct(facts, std::move(candidates), put);
}

std::vector<std::optional<Tier>> TierValues(std::span<const Judgement> sides) {
  std::vector<std::optional<Tier>> candidates;
  for (int i = kTierCount - 1; i >= 0; --i) {
    candidates.emplace_back(static_cast<Tier>(i));
  }
  candidates.emplace_back();
  return Distinct(FactsOf(sides, {NodeFact::Kind::kTiers}), candidates,
                  [](Site& site, const auto& one) { site.tier = one; });
}

std::vector<std::optional<std::vector<std::string>>> AssuranceValues(
    std::span<const Judgement> sides) {
  using Names = std::vector<std::string>;
  std::vector<const NodeFact*> facts =
      FactsOf(sides, {NodeFact::Kind::kAssurance});
  std::vector<std::optional<Names>> candidates = {Names{}};
  std::set<std::string> all;
  for (const NodeFact* fact : facts) {
    candidates.emplace_back(fact->assurance);
    all.insert(fact->assurance.begin(), fact->assurance.end());
  }
  for (const NodeFact* one : facts) {
    for (const NodeFact* other : facts) {
      Names both = one->assurance;
      both.insert(both.end(), other->assurance.begin(), other->assurance.end());
      std::sort(both.begin(), both.end());
      both.erase(std::unique(both.begin(), both.end()), both.end());
      candidates.emplace_back(std::move(both));
    }
  }
  candidates.emplace_back(Names(all.begin(), all.end()));
  candidates.emplace_back();
  return Distinct(facts, std::move(candidates),
                  [](Site& site, const auto& one) { site.assurance = one; });
}

std::vector<std::optional<Attestation>> AttestationValues(
    std::span<const Judgement> sides) {
  std::vector<std::optional<Attestation>> candidates = {
      Attestation::kPlatform, Attestation::kDeclared, Attestation::kHardware,
      Attestation::kNone, std::nullopt};
  return Distinct(FactsOf(sides, {NodeFact::Kind::kAttestation}), candidates,
                  [](Site& site, const auto& one) { site.attestation = one; });
}

// Atoms of a kind, demands of Obliges included.
std::vector<const Atom*> AtomsOf(std::span<const Judgement> sides,
                                 Atom::Kind kind) {
  std::vector<const Atom*> atoms;
  for (const CompiledRule* rule : VerdictRules(sides)) {
    for (const std::vector<Atom>* list : {&rule->atoms, &rule->demands}) {
      for (const Atom& atom : *list) {
        if (atom.kind == kind) atoms.push_back(&atom);
      }
    }
  }
  return atoms;
}

std::vector<std::optional<Duration>> RetentionValues(
    std::span<const Judgement> sides) {
  std::set<Duration> limits;
  for (const Atom* atom : AtomsOf(sides, Atom::Kind::kRetention)) {
    limits.insert(atom->retention);
  }
  std::vector<std::optional<Duration>> values(limits.begin(), limits.end());
  if (!limits.empty()) {
    values.emplace_back(*limits.rbegin() + std::chrono::hours(24));
  }
  values.emplace_back();
  return values;
}

std::vector<std::optional<Country>> KeyValues(
    std::span<const Judgement> sides) {
  std::vector<const Atom*> atoms = AtomsOf(sides, Atom::Kind::kKeysHeldIn);
  if (atoms.empty()) return {std::nullopt};
  std::set<std::vector<bool>> seen;
  std::vector<std::optional<Country>> values;
  for (Country one : AllCountries()) {
    std::vector<bool> within;
    for (const Atom* atom : atoms) {
      within.push_back(atom->countries.test(static_cast<size_t>(one.index())));
    }
    if (seen.insert(within).second) values.emplace_back(one);
  }
  values.emplace_back();
  return values;
}

}  // namespace

NodeValues NodeValuesOf(std::span<const Judgement> sides) {
  NodeValues values;
  values.countries = CountryValues(sides);
  values.controls = ControlValues(sides);
  values.tiers = TierValues(sides);
  values.assurances = AssuranceValues(sides);
  values.attestations = AttestationValues(sides);
  values.retentions = RetentionValues(sides);
  values.keys = KeyValues(sides);
  return values;
}

}  // namespace herald::policy
