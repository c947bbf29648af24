// SPDX-License-Identifier: Apache-2.0
//
// What policies can tell apart about calls.
#include <algorithm>
#include <set>
#include <string_view>

#include "core/base/spiffe_id.h"
#include "policy/class_values.h"

namespace herald::policy {
namespace {

// More would be more ways to match than anybody writes.
constexpr size_t kMaxSubjects = 400;

std::string Filled(const std::string& pattern, const std::string& filler) {
  std::string out;
  for (char c : pattern) {
    if (c == '*') {
      out += filler;
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<bool> MatchesOf(std::span<const Pattern> patterns,
                            const std::string& subject) {
  std::vector<bool> matches;
  for (const Pattern& pattern : patterns) {
    matches.push_back(pattern.Matches(subject));
  }
  return matches;
}

bool AnyText(const std::string& text) { return !text.empty(); }
bool IsSpiffeId(const std::string& text) { return SpiffeId::Parse(text).ok(); }

// The patterns that the rules and the floors have under one key.
struct Selectors {
  std::vector<Pattern> patterns;
  std::vector<std::string> names;  // of keys that name and do not match

  void Add(const OptionalTexts& texts) {
    if (!texts) return;
    for (const Text& text : *texts) patterns.emplace_back(text.text);
  }
};

Selectors SelectorsOf(std::span<const Judgement> sides, Atom::Kind kind) {
  Selectors selectors;
  for (const CompiledRule* rule : VerdictRules(sides)) {
    for (const Atom& atom : rule->atoms) {
      if (atom.kind != kind) continue;
      for (const Pattern& pattern : atom.patterns) {
        selectors.patterns.push_back(pattern);
        selectors.names.push_back(pattern.text());
      }
    }
  }
  return selectors;
}

template <typename Fn>
void EachFloor(std::span<const Judgement> sides, Fn fn) {
  for (const Judgement& side : sides) {
    for (const LabelSchema& schema : side.reading->set.schemas) {
      for (const LabelFloor& floor : schema.floors) fn(floor);
    }
  }
}

std::vector<std::string> NamesOf(std::span<const Judgement> sides,
                                 Atom::Kind kind, const char* other) {
  std::vector<std::string> names = SelectorsOf(sides, kind).names;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!names.empty()) names.emplace_back(other);
  names.emplace_back();
  return names;
}

std::vector<std::string> ScopesOf(std::span<const Judgement> sides) {
  std::set<std::string> scopes;
  for (const Judgement& side : sides) {
    scopes.insert(side.program->scopes().begin(), side.program->scopes().end());
  }
  return {scopes.begin(), scopes.end()};
}

std::vector<CallerValue> CallersOf(std::span<const Judgement> sides) {
  Selectors selectors = SelectorsOf(sides, Atom::Kind::kCallers);
  EachFloor(sides, [&](const LabelFloor& one) { selectors.Add(one.callers); });
  for (const Judgement& side : sides) {
    for (const LabelSchema& schema : side.reading->set.schemas) {
      for (const LabelDeclaration& label : schema.labels) {
        selectors.Add(label.may_assert);
      }
    }
  }
  std::vector<std::string> scopes = ScopesOf(sides);
  std::vector<std::string> fillers = scopes;
  fillers.emplace_back("spiffe://t.example/a");
  std::vector<CallerValue> callers;
  for (std::string& id : SubjectsFor(selectors.patterns, fillers,
                                     "spiffe://other.example/a", IsSpiffeId)) {
    auto parsed = SpiffeId::Parse(id);
    std::optional<std::string> own;
    if (parsed.ok()) own = parsed->kubernetes_namespace();
    if (own) {
      callers.push_back({std::move(id), std::move(own)});
      continue;
    }
    // Its namespace is the configuration's: any, or none.
    for (const std::string& scope : scopes) callers.push_back({id, scope});
    if (!scopes.empty()) callers.push_back({id, "elsewhere"});
    callers.push_back({std::move(id), std::nullopt});
  }
  return callers;
}

// {}, each, each pair, all. Few first, so that a witness has few.
std::vector<std::vector<std::string>> SomeOf(
    const std::set<std::string>& names) {
  std::vector<std::vector<std::string>> sets;
  for (const std::string& one : names) sets.push_back({one});
  sets.emplace_back();
  for (const std::string& one : names) {
    for (const std::string& other : names) {
      if (one < other) sets.push_back({one, other});
    }
  }
  if (names.size() > 2) sets.emplace_back(names.begin(), names.end());
  return sets;
}

std::vector<std::vector<std::string>> LabelsOf(
    std::span<const Judgement> sides) {
  std::set<std::string> names;
  for (const Judgement& side : sides) {
    const LabelTable& labels = side.program->labels();
    for (int i = 0; i < labels.size(); ++i) names.insert(labels.name(i));
  }
  // A call that says nothing bears it.
  names.erase(std::string(kUnlabelled));
  return SomeOf(names);
}

std::vector<std::vector<std::string>> EndorsementsOf(
    std::span<const Judgement> sides) {
  std::set<std::string> names;
  for (const Judgement& side : sides) {
    names.insert(side.program->endorsements().begin(),
                 side.program->endorsements().end());
  }
  std::vector<std::vector<std::string>> sets = SomeOf(names);
  // Most calls have none.
  auto none = std::find_if(sets.begin(), sets.end(),
                           [](const auto& one) { return one.empty(); });
  std::rotate(sets.begin(), none, none + 1);
  return sets;
}

// Unknown, when no window is open; then a moment in each stretch between the
// ends of windows.
std::vector<std::optional<WallTime>> TimesOf(std::span<const Judgement> sides) {
  std::set<WallTime> moments;
  for (const Judgement& side : sides) {
    for (const OverrideWindow& window : side.program->overrides()) {
      moments.insert({window.from, window.until});
    }
    for (const ProgramFacts::Observed& one : side.program->about().observed) {
      moments.insert(one.until);
    }
  }
  std::vector<std::optional<WallTime>> times = {std::nullopt};
  for (WallTime moment : moments) {
    times.emplace_back(moment);
    times.emplace_back(moment + std::chrono::seconds(1));
  }
  return times;
}

}  // namespace

std::vector<const CompiledRule*> VerdictRules(
    std::span<const Judgement> sides) {
  std::vector<const CompiledRule*> rules;
  for (const Judgement& side : sides) {
    for (const CompiledRule& rule : side.program->rules()) {
      if (!rule.shadow && rule.effect != Effect::kPrefer) {
        rules.push_back(&rule);
      }
    }
  }
  return rules;
}

std::vector<std::string> SubjectsFor(std::span<const Pattern> patterns,
                                     std::span<const std::string> fillers,
                                     const std::string& other,
                                     bool (*fits)(const std::string&)) {
  if (patterns.empty()) return {""};
  std::vector<std::string> candidates;
  for (const Pattern& pattern : patterns) {
    candidates.push_back(Filled(pattern.text(), "x"));
    candidates.push_back(Filled(pattern.text(), ""));
    for (const std::string& filler : fillers) {
      candidates.push_back(Filled(pattern.text(), filler));
    }
  }
  candidates.push_back(other);
  // What two patterns match at once: one within the other's `*`.
  for (const Pattern& outer : patterns) {
    for (const Pattern& inner : patterns) {
      if (candidates.size() > kMaxSubjects) break;
      candidates.push_back(Filled(outer.text(), Filled(inner.text(), "x")));
      candidates.push_back(Filled(outer.text(), Filled(inner.text(), "")));
    }
  }
  std::set<std::vector<bool>> seen;
  std::vector<std::string> subjects;
  for (std::string& one : candidates) {
    if (!fits(one) || !seen.insert(MatchesOf(patterns, one)).second) continue;
    subjects.push_back(std::move(one));
  }
  subjects.emplace_back();
  return subjects;
}

CallValues CallValuesOf(std::span<const Judgement> sides) {
  CallValues values;
  values.labels = LabelsOf(sides);
  values.purposes = NamesOf(sides, Atom::Kind::kPurposes, "other-purpose");
  values.legal_bases = NamesOf(sides, Atom::Kind::kLegalBasis, "other-basis");
  Selectors skills = SelectorsOf(sides, Atom::Kind::kSkills);
  EachFloor(sides, [&](const LabelFloor& one) { skills.Add(one.skills); });
  values.skills = SubjectsFor(skills.patterns, {}, "other-skill", AnyText);
  Selectors callees = SelectorsOf(sides, Atom::Kind::kCallees);
  EachFloor(sides, [&](const LabelFloor& one) { callees.Add(one.callees); });
  values.callees = SubjectsFor(callees.patterns, {}, "other-agent", AnyText);
  values.callers = CallersOf(sides);
  values.endorsements = EndorsementsOf(sides);
  values.times = TimesOf(sides);
  return values;
}

}  // namespace herald::policy
