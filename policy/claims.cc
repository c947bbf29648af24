// SPDX-License-Identifier: Apache-2.0
#include "policy/claims.h"

#include <algorithm>
#include <bit>

#include "policy/program.h"

namespace herald::policy {
namespace {

std::vector<Pattern> ToPatterns(const Texts& texts) {
  std::vector<Pattern> patterns;
  for (const Text& text : texts) patterns.emplace_back(text.text);
  return patterns;
}

std::optional<std::vector<Pattern>> ToPatterns(const OptionalTexts& texts) {
  if (!texts) return std::nullopt;
  return ToPatterns(*texts);
}

Truth Selects(const std::optional<std::vector<Pattern>>& patterns,
              std::optional<std::string_view> subject) {
  return patterns ? MatchesAny(*patterns, subject) : Truth::kTrue;
}

}  // namespace

ClaimRules::ClaimRules(const std::vector<LabelSchema>& schemas,
                       const LabelTable& labels)
    : unlabelled_(LabelBit(*labels.Find(kUnlabelled))) {
  auto bit = [&](const Text& name) {
    std::optional<int> label = labels.Find(name.text);
    return label ? LabelBit(*label) : LabelBits{0};
  };
  for (const LabelSchema& schema : schemas) {
    for (const LabelFloor& floor : schema.floors) {
      Floor& added = floors_.emplace_back();
      added.callers = ToPatterns(floor.callers);
      added.callees = ToPatterns(floor.callees);
      added.skills = ToPatterns(floor.skills);
      for (const Text& name : floor.labels) added.labels |= bit(name);
    }
    for (const LabelDeclaration& label : schema.labels) {
      if (!label.may_assert) continue;
      guarded_ |= bit(label.name);
      may_assert_.emplace_back(bit(label.name), ToPatterns(*label.may_assert));
    }
    for (const EndorsementDeclaration& one : schema.endorsements) {
      authorities_.emplace_back(one.name.text, ToPatterns(one.authorities));
    }
  }
}

Truth ClaimRules::Floor::Holds(const Call& call) const {
  return And(Selects(callers, call.caller),
             And(Selects(callees, call.callee), Selects(skills, call.skill)));
}

LabelBits ClaimRules::Bear(const Call& call, LabelBits said) const {
  LabelBits certain = 0;
  LabelBits possible = 0;
  for (const Floor& floor : floors_) {
    Truth holds = floor.Holds(call);
    if (holds != Truth::kFalse) possible |= floor.labels;
    if (holds == Truth::kTrue) certain |= floor.labels;
  }
  bool bare = call.labels.empty() && certain == 0;
  // What a floor surely gives is nobody's word; what it may give is, so that
  // the callee, to whom it is all said, judges alike.
  LabelBits word = (said | possible) & ~certain;
  if ((word & guarded_) != 0) {
    for (const auto& [label, callers] : may_assert_) {
      if ((word & label) == 0) continue;
      bare |= MatchesAny(callers, call.caller) != Truth::kTrue;
    }
  }
  return said | possible | (bare ? unlabelled_ : 0);
}

bool ClaimRules::Vouches(std::string_view caller,
                         std::string_view endorsement) const {
  return std::any_of(authorities_.begin(), authorities_.end(),
                     [&](const auto& one) {
                       return one.first == endorsement &&
                              MatchesAny(one.second, caller) == Truth::kTrue;
                     });
}

std::vector<std::string> WithFloors(const Program& program, const Call& call) {
  const LabelTable& labels = program.labels();
  std::vector<std::string> names(call.labels.begin(), call.labels.end());
  LabelBits said = 0;
  for (const std::string& name : call.labels) {
    if (std::optional<int> label = labels.Find(name)) said |= LabelBit(*label);
  }
  LabelBits unlabelled = LabelBit(*labels.Find(kUnlabelled));
  LabelBits added = program.claims().Bear(call, said) & ~said;
  if (names.empty() && added == unlabelled) return names;
  for (LabelBits rest = added & ~unlabelled; rest != 0; rest &= rest - 1) {
    names.push_back(labels.name(std::countr_zero(rest)));
  }
  if ((added & unlabelled) != 0) names.emplace_back(kUnlabelled);
  return names;
}

Endorsements CountingEndorsements(const Program& program,
                                  std::string_view caller,
                                  std::span<const std::string> claimed) {
  Endorsements sorted;
  for (const std::string& one : claimed) {
    bool counts = program.claims().Vouches(caller, one);
    (counts ? sorted.counting : sorted.dropped).push_back(one);
  }
  return sorted;
}

}  // namespace herald::policy
