// SPDX-License-Identifier: Apache-2.0
#include "policy/preference.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "policy/judge.h"

namespace herald::policy {
namespace {

template <typename T>
void TakeLeast(std::optional<T>& into, const std::optional<T>& from) {
  if (from) into = into ? std::min(*into, *from) : *from;
}

template <typename T>
void TakeFirst(std::optional<T>& into, const std::optional<T>& from) {
  if (!into) into = from;
}

// `rule` has a selector no more specific than those merged before.
void Merge(const CompiledRule& rule, Preference& into) {
  const PreferKeys& keys = rule.prefer;
  if (into.near == nullptr && keys.near) into.near = &*keys.near;
  if (into.weights == nullptr && !rule.peer_classes.empty()) {
    into.weights = &rule.peer_classes;
  }
  for (const PreferKeys::TierHandicap& tier : keys.tiers) {
    TakeFirst(into.handicap[static_cast<size_t>(tier.tier)],
              std::optional<Duration>(tier.handicap));
  }
  TakeLeast(into.max_rtt, keys.max_rtt);
  TakeLeast(into.max_predicted_ttfb, keys.max_predicted_ttfb);
  TakeFirst(into.affinity, keys.affinity);
  if (!keys.cost) return;
  if (!into.cost) into.cost.emplace();
  TakeLeast(into.cost->ceiling_per_gib, keys.cost->ceiling_per_gib);
  TakeFirst(into.cost->ms_per_cent, keys.cost->ms_per_cent);
}

}  // namespace

Preference PreferenceFor(const Program& program, const Call& call) {
  absl::InlinedVector<const CompiledRule*, 8> rules;
  auto take = [&](const RuleIndex::Slot& slot) {
    const CompiledRule& rule = program.rule(slot.rule);
    if (!rule.shadow && Selects(program, call, rule)) rules.push_back(&rule);
  };
  program.index(Effect::kPrefer).ForEach(call.callee, call.skill, take);
  std::sort(rules.begin(), rules.end(),
            [](const CompiledRule* a, const CompiledRule* b) {
              return a->specificity != b->specificity
                         ? a->specificity > b->specificity
                         : a->name < b->name;
            });
  Preference preference;
  for (const CompiledRule* rule : rules) Merge(*rule, preference);
  return preference;
}

}  // namespace herald::policy
