// SPDX-License-Identifier: Apache-2.0
//
// For each thing that is asked of a call or of a node, the values worth
// trying: one for each way the rules can see it. Only class*.cc and diff.cc
// include this header.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/classes.h"
#include "policy/pattern.h"

namespace herald::policy {

// The enforced rules that give verdicts, of all sides.
std::vector<const CompiledRule*> VerdictRules(std::span<const Judgement> sides);

// A caller and the namespace that goes with it.
struct CallerValue {
  std::string caller;                // empty: unknown
  std::optional<std::string> scope;  // nullopt: none
};

// Empty texts and nullopt are the unknown, which comes last (of times, and of
// endorsements none, first). A thing that nothing asks for has no other value.
struct CallValues {
  std::vector<std::vector<std::string>> labels;  // few first
  std::vector<std::string> purposes;
  std::vector<std::string> legal_bases;
  std::vector<std::string> skills;
  std::vector<std::string> callees;
  std::vector<CallerValue> callers;
  std::vector<std::vector<std::string>> endorsements;
  std::vector<std::optional<WallTime>> times;
};
CallValues CallValuesOf(std::span<const Judgement> sides);

struct NodeValues {
  std::vector<std::optional<Country>> countries;
  std::vector<std::optional<std::vector<Country>>> controls;
  std::vector<std::optional<Tier>> tiers;
  std::vector<std::optional<std::vector<std::string>>> assurances;
  std::vector<std::optional<Attestation>> attestations;
  std::vector<std::optional<Duration>> retentions;
  std::vector<std::optional<Country>> keys;
};
NodeValues NodeValuesOf(std::span<const Judgement> sides);

// Texts that these patterns tell apart, as many as there are ways to match:
// each pattern with its `*` filled in. `fillers` are tried in them besides;
// `fits` says which texts can be at all. The last two are one that no pattern
// matches, where there is one, and the unknown.
std::vector<std::string> SubjectsFor(std::span<const Pattern> patterns,
                                     std::span<const std::string> fillers,
                                     const std::string& other,
                                     bool (*fits)(const std::string&));

}  // namespace herald::policy
