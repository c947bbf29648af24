// SPDX-License-Identifier: Apache-2.0
//
// Policies as plain values: what the text said, nothing resolved yet. Names
// keep the place where they stood, so that `check` can point at them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/site.h"
#include "core/base/time.h"
#include "core/yaml/map_reader.h"
#include "policy/decision.h"

namespace herald::policy {

using yaml::Text;
using Texts = std::vector<Text>;
using OptionalTexts = std::optional<Texts>;  // nullopt: not asked

enum class Effect { kPermit, kForbid, kOblige, kPrefer };
enum class Mode { kEnforce, kShadow };

// Everything that is asked of one node of the path; all must hold.
struct NodeTest {
  Position at;
  OptionalTexts countries_in;
  OptionalTexts control_only_in;
  OptionalTexts control_not_only_in;
  OptionalTexts control_any_of;
  std::optional<std::vector<Tier>> tiers;
  OptionalTexts assurance_all_of;
  std::optional<Attestation> attestation_min;
};

struct Where {
  Position at;
  std::optional<NodeTest> process;      // all that see clear text
  std::optional<NodeTest> transit;      // all opaque relays
  std::optional<NodeTest> any_node;     // Forbid, Oblige: some node
  std::optional<NodeTest> any_process;  // Forbid, Oblige: some clear-text node
  bool end_to_end = false;
  OptionalTexts keys_held_in;
};

struct When {
  OptionalTexts callers;  // patterns
  OptionalTexts callees;
  OptionalTexts skills;
  OptionalTexts purposes;  // names
  OptionalTexts legal_basis;
  OptionalTexts endorsements_any_of;
  OptionalTexts endorsements_all_of;
  OptionalTexts labels_any_of;  // not for Permit, which has `covers`
  OptionalTexts labels_all_of;
};

// What Prefer may say; each key on its own (preference.h merges).
struct PreferKeys {
  struct TierHandicap {
    Tier tier;
    Duration handicap;
  };
  struct Affinity {
    std::string key;
    Duration bonus{};
    Duration idle{};
    bool operator==(const Affinity&) const = default;
  };
  struct Cost {
    std::optional<double> ceiling_per_gib;
    std::optional<double> ms_per_cent;
    bool operator==(const Cost&) const = default;
  };
  std::vector<TierHandicap> tiers;
  std::optional<Duration> max_rtt;
  std::optional<Duration> max_predicted_ttfb;
  std::optional<Affinity> affinity;
  std::optional<Cost> cost;
};

struct Rule {
  Text id;
  Effect effect = Effect::kForbid;
  Texts covers;  // Permit only
  When when;
  std::optional<Where> where;
  Texts unless_endorsed;  // Forbid, Oblige
  Obligations obligations;
  PreferKeys prefer;
};

struct Policy {
  size_t file = 0;  // which of the texts
  Text name;
  std::optional<std::string> scope;  // namespace; nullopt: everywhere
  bool cluster = false;
  Mode mode = Mode::kEnforce;
  std::vector<Rule> rules;
};

struct LabelDeclaration {
  Text name;
  bool controlled = true;
  Texts implies;
};

// Who may vouch for it; checked where endorsements enter, not here.
struct EndorsementDeclaration {
  Text name;
  Texts authorities;
};

struct LabelSchema {
  size_t file = 0;
  Text name;
  std::vector<LabelDeclaration> labels;
  std::vector<EndorsementDeclaration> endorsements;
  OptionalTexts purposes;  // nullopt: any purpose goes
};

// A named set: a list of codes, or a union of sets plus some codes.
struct CountrySetDeclaration {
  Text name;
  Texts union_of;
  Texts codes;
};

struct JurisdictionSet {
  size_t file = 0;
  Text name;
  std::string source;
  std::optional<Text> review_by;  // "2027-02-01"
  std::vector<CountrySetDeclaration> sets;
};

// All that was read, of all texts.
struct PolicySet {
  std::vector<Policy> policies;
  std::vector<LabelSchema> schemas;
  std::vector<JurisdictionSet> jurisdictions;
};

}  // namespace herald::policy
