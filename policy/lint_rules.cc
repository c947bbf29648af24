// SPDX-License-Identifier: Apache-2.0
//
// Rules whose conditions cannot hold, rules that others make idle, and rules
// that rest on encryption where a regime says it changes nothing.
#include <algorithm>
#include <string_view>

#include "policy/implies.h"
#include "policy/lint_notes.h"

namespace herald::policy {
namespace {

using Kind = NodeFact::Kind;

const NodeFact* Find(const std::vector<const NodeFact*>& facts, Kind kind) {
  for (const NodeFact* fact : facts) {
    if (fact->kind == kind) return fact;
  }
  return nullptr;
}

// A set without a country, in words; empty where each has one.
std::string WhyEmpty(const std::vector<const NodeFact*>& facts) {
  for (const NodeFact* fact : facts) {
    bool of_countries = fact->kind == Kind::kCountries ||
                        fact->kind == Kind::kControlOnlyIn ||
                        fact->kind == Kind::kControlAnyOf;
    if (of_countries && fact->countries.none()) {
      return fact->name + " " + fact->expected + " has no country in it";
    }
  }
  return "";
}

// Two facts that no node has at once, in words; empty where some node can.
std::string WhyContradictory(const std::vector<const NodeFact*>& facts) {
  const NodeFact* only = Find(facts, Kind::kControlOnlyIn);
  const NodeFact* not_only = Find(facts, Kind::kControlNotOnlyIn);
  const NodeFact* any = Find(facts, Kind::kControlAnyOf);
  if (only == nullptr) return "";
  if (not_only != nullptr && (only->countries & ~not_only->countries).none()) {
    return "control only in " + only->expected + " is control only in " +
           not_only->expected;
  }
  if (any != nullptr && (only->countries & any->countries).none()) {
    return "control only in " + only->expected + " is none in " + any->expected;
  }
  return "";
}

// The facts that one `process`, `transit`, `anyNode` or `anyProcess` asks.
std::vector<const NodeFact*> FactsUnder(const CompiledRule& rule,
                                        Atom::Kind kind) {
  std::vector<const NodeFact*> facts;
  for (const Atom& atom : rule.atoms) {
    if (atom.kind != kind) continue;
    for (const NodeFact& fact : atom.facts) facts.push_back(&fact);
  }
  return facts;
}

void LintNodeTest(LintNotes& notes, const LintRule& rule, Atom::Kind kind,
                  const char* key, const std::optional<NodeTest>& test) {
  if (!test) return;
  std::vector<const NodeFact*> facts = FactsUnder(*rule.compiled, kind);
  std::string why = WhyEmpty(facts);
  bool empty = !why.empty();
  if (!empty) why = WhyContradictory(facts);
  if (why.empty()) return;
  std::string effect =
      rule.rule->effect == Effect::kPermit
          ? (kind == Atom::Kind::kTransit ? "no relay is ever let through"
                                          : "it never permits anything")
          : "it fires only where the fact is unknown";
  notes.Add(empty ? "empty-where" : "contradictory-where", rule, test->at,
            "no node can have what '" + std::string(key) + "' asks (" + why +
                "): " + effect,
            "name the countries that are meant, or take the rule out");
}

void LintKeys(LintNotes& notes, const LintRule& rule) {
  for (const Atom& atom : rule.compiled->atoms) {
    if (atom.kind != Atom::Kind::kKeysHeldIn || atom.countries.any()) continue;
    notes.Add("empty-where", rule, rule.rule->where->at,
              "keysHeldIn " + atom.expected + " has no country in it",
              "name the countries that are meant, or take it out");
  }
}

// A caller is a SPIFFE id or unknown; a pattern that no such id matches is a
// slip, and in a Forbid a leak.
void LintCallers(LintNotes& notes, const LintRule& rule) {
  constexpr std::string_view kScheme = "spiffe://";
  if (!rule.rule->when.callers) return;
  for (const Text& caller : *rule.rule->when.callers) {
    std::string_view head = caller.text;
    head = head.substr(0, head.find('*'));
    size_t common = std::min(head.size(), kScheme.size());
    bool literal = head.size() == caller.text.size();
    bool fits = head.substr(0, common) == kScheme.substr(0, common) &&
                (!literal || head.size() > kScheme.size());
    if (fits) continue;
    notes.Add("pattern-never-matches", rule, caller.at,
              "no SPIFFE id matches '" + caller.text + "'",
              "begin it with spiffe:// or with *");
  }
}

bool WeighedTogether(const LintRule& wide, const LintRule& narrow) {
  // An enforced rule is not made idle by a shadow, nor one that an observed
  // namespace cannot escape by one that it can.
  if (narrow.enforced() && !wide.enforced()) return false;
  if (narrow.policy->cluster && !wide.policy->cluster) return false;
  const std::optional<Text>& replaced = narrow.policy->replaces;
  return !replaced || replaced->text != wide.policy->name.text;
}

void LintShadowed(LintNotes& notes, size_t index) {
  const LintRule& narrow = notes.rules()[index];
  const LabelTable& labels = notes.program().labels();
  for (size_t i = 0; i < notes.rules().size(); ++i) {
    const LintRule& wide = notes.rules()[i];
    if (i == index || !WeighedTogether(wide, narrow)) continue;
    if (!Covers(*wide.compiled, *narrow.compiled, labels)) continue;
    // Of two that say the same, the later one is too many.
    bool same = WeighedTogether(narrow, wide) &&
                Covers(*narrow.compiled, *wide.compiled, labels);
    if (same && i > index) continue;
    notes.Add("shadowed-rule", narrow,
              "it decides nothing: '" + wide.compiled->name + "' " +
                  (same ? "says the same" : "covers all that it says"),
              "take it out, or make it say what the other does not");
    return;
  }
}

void LintCancelled(LintNotes& notes, const LintRule& permit) {
  for (const LintRule& forbid : notes.rules()) {
    if (!WeighedTogether(forbid, permit)) continue;
    if (!Cancels(*forbid.compiled, *permit.compiled,
                 notes.program().labels())) {
      continue;
    }
    notes.Add("cancelled-permit", permit,
              "it never permits anything: '" + forbid.compiled->name +
                  "' forbids all that it matches",
              "take it out, or narrow the Forbid");
    return;
  }
}

bool IsRegime(const Policy& policy) {
  auto note = policy.notes.annotations.find(kEncryptionIsNoException);
  return note != policy.notes.annotations.end() && note->second == "true";
}

}  // namespace

void LintConditions(LintNotes& notes) {
  for (const LintRule& rule : notes.rules()) {
    LintCallers(notes, rule);
    if (!rule.rule->where) continue;
    const Where& where = *rule.rule->where;
    using AtomKind = Atom::Kind;
    LintNodeTest(notes, rule, AtomKind::kProcess, "process", where.process);
    LintNodeTest(notes, rule, AtomKind::kTransit, "transit", where.transit);
    LintNodeTest(notes, rule, AtomKind::kAnyNode, "anyNode", where.any_node);
    LintNodeTest(notes, rule, AtomKind::kAnyProcess, "anyProcess",
                 where.any_process);
    LintKeys(notes, rule);
  }
}

void LintOverlaps(LintNotes& notes) {
  for (size_t i = 0; i < notes.rules().size(); ++i) {
    LintShadowed(notes, i);
    LintCancelled(notes, notes.rules()[i]);
  }
}

void LintCrypto(LintNotes& notes) {
  LabelBits regime = 0;
  std::string named;
  for (const LintRule& rule : notes.rules()) {
    if (!IsRegime(*rule.policy)) continue;
    if (rule.compiled->gate != kNoGate) regime |= rule.compiled->gate;
    named = rule.policy->name.text;
  }
  for (const LintRule& rule : notes.rules()) {
    if (rule.rule->effect != Effect::kPermit || !rule.rule->where) continue;
    const Where& where = *rule.rule->where;
    bool rests = (where.end_to_end || where.keys_held_in) && !where.transit;
    if (!rests || (rule.compiled->covers & regime) == 0) continue;
    notes.Add("encryption-exception", rule, where.at,
              "it lets any opaque relay carry what policy '" + named +
                  "' says encryption is no exception for",
              "say in 'transit' which relays may carry it");
  }
}

}  // namespace herald::policy
