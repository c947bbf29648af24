// SPDX-License-Identifier: Apache-2.0
//
// Labels that go nowhere or anywhere, and words that nobody uses.
#include <algorithm>
#include <set>

#include "policy/lint_notes.h"

namespace herald::policy {
namespace {

using Names = std::set<std::string, std::less<>>;

void Take(const OptionalTexts& texts, Names& names) {
  if (!texts) return;
  for (const Text& text : *texts) names.insert(text.text);
}

// The words that rules name, Overrides' included.
struct Used {
  Names labels;
  Names covered;  // by an enforced Permit
  Names purposes;
  Names endorsements;

  void Add(const Rule& rule, bool enforced) {
    for (const OptionalTexts* texts :
         {&rule.when.labels_any_of, &rule.when.labels_all_of}) {
      Take(*texts, labels);
    }
    Take(rule.covers, labels);
    if (enforced) Take(rule.covers, covered);
    Take(rule.when.purposes, purposes);
    Take(rule.when.endorsements_any_of, endorsements);
    Take(rule.when.endorsements_all_of, endorsements);
    Take(rule.unless_endorsed, endorsements);
  }
};

Used UsedBy(const PolicySet& set) {
  Used used;
  for (const Policy& policy : set.policies) {
    for (const Rule& rule : policy.rules) {
      used.Add(rule, policy.mode == Mode::kEnforce);
    }
  }
  for (const Override& override : set.overrides) {
    for (const Rule& rule : override.rules) used.Add(rule, false);
  }
  return used;
}

// Something else puts it on calls.
bool IsBroughtAlong(const PolicySet& set, const std::string& label) {
  auto among = [&](const Texts& texts) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const Text& one) { return one.text == label; });
  };
  for (const LabelSchema& schema : set.schemas) {
    for (const LabelDeclaration& one : schema.labels) {
      if (among(one.implies)) return true;
    }
    for (const LabelFloor& floor : schema.floors) {
      if (among(floor.labels)) return true;
    }
  }
  return false;
}

void LintLabel(LintNotes& notes, const Used& used, size_t file,
               const LabelDeclaration& label) {
  const std::string& name = label.name.text;
  // Refusing what nobody labelled is a policy, not a slip.
  if (!label.controlled || name == kUnlabelled) return;
  if (used.covered.count(name) > 0) return;
  if (used.labels.count(name) == 0 && !IsBroughtAlong(notes.set(), name)) {
    notes.Add("unused-label", file, label.name.at,
              "no rule names label '" + name +
                  "': every call that bears it is refused",
              "write a Permit that covers it, or take it out");
    return;
  }
  notes.Add("label-without-permit", file, label.name.at,
            "no enforced Permit covers label '" + name +
                "': every call that bears it is refused",
            "write a Permit that covers it");
}

void LintSchema(LintNotes& notes, const Used& used, const LabelSchema& schema) {
  for (const LabelDeclaration& label : schema.labels) {
    LintLabel(notes, used, schema.file, label);
  }
  for (const EndorsementDeclaration& one : schema.endorsements) {
    if (one.authorities.empty()) {
      notes.Add("endorsement-without-authority", schema.file, one.name.at,
                "nobody's word for endorsement '" + one.name.text + "' counts",
                "name its authorities: patterns of SPIFFE ids");
    }
    if (used.endorsements.count(one.name.text) > 0) continue;
    notes.Add("unused-endorsement", schema.file, one.name.at,
              "no rule asks for endorsement '" + one.name.text + "'",
              "take it out, or use it in unlessEndorsed or endorsements");
  }
  if (!schema.purposes) return;
  for (const Text& purpose : *schema.purposes) {
    if (used.purposes.count(purpose.text) > 0) continue;
    notes.Add("unused-purpose", schema.file, purpose.at,
              "no rule asks for purpose '" + purpose.text + "'",
              "take it out, or permit something for it");
  }
}

// Without a schema a label that is mistyped in a Forbid is simply another one.
void LintNoSchema(LintNotes& notes) {
  if (!notes.set().schemas.empty()) return;
  for (const LintRule& rule : notes.rules()) {
    if (rule.rule->effect != Effect::kForbid) continue;
    const When& when = rule.rule->when;
    if (!when.labels_any_of && !when.labels_all_of) continue;
    notes.Add("no-label-schema", rule,
              "it tests labels, and no LabelSchema says which there are: a "
              "label that is misspelt, here or in a call, is not noticed",
              "declare the labels in a LabelSchema");
    return;
  }
}

bool AsksOfThePath(const Rule& rule) {
  return rule.where && (rule.where->process || rule.where->transit ||
                        rule.where->any_node || rule.where->any_process ||
                        rule.where->end_to_end || rule.where->keys_held_in);
}

// Is there anything about the path in what concerns the label?
bool IsHeldBack(const LintNotes& notes, int label) {
  LabelBits closure = notes.program().labels().Closure(LabelBit(label));
  for (const LintRule& rule : notes.rules()) {
    if (!rule.enforced() || !AsksOfThePath(*rule.rule)) continue;
    if (rule.rule->effect == Effect::kPermit) {
      if ((rule.compiled->covers & closure) != 0) return true;
    } else if (rule.compiled->gate == kNoGate ||
               (rule.compiled->gate & closure) != 0) {
      return true;
    }
  }
  return false;
}

// One finding a rule, whatever the number of its labels.
void LintAnywhere(LintNotes& notes) {
  const LabelTable& labels = notes.program().labels();
  LabelBits told = LabelBit(*labels.Find(kUnlabelled));
  for (const LintRule& rule : notes.rules()) {
    if (!rule.enforced() || rule.rule->effect != Effect::kPermit) continue;
    std::string names;
    for (int label = 0; label < labels.size(); ++label) {
      LabelBits bit = LabelBit(label) & labels.controlled() & ~told;
      if ((rule.compiled->covers & bit) == 0 || IsHeldBack(notes, label)) {
        continue;
      }
      names += (names.empty() ? "'" : ", '") + labels.name(label) + "'";
      told |= bit;
    }
    if (names.empty()) continue;
    notes.Add("label-goes-anywhere", rule,
              "a permit is needed for " + names +
                  ", and every rule about it permits any path",
              "add 'where', or declare controlled: false if that is meant");
  }
}

}  // namespace

void LintWords(LintNotes& notes) {
  Used used = UsedBy(notes.set());
  for (const LabelSchema& schema : notes.set().schemas) {
    LintSchema(notes, used, schema);
  }
  LintNoSchema(notes);
  LintAnywhere(notes);
}

}  // namespace herald::policy
