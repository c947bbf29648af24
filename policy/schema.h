// SPDX-License-Identifier: Apache-2.0
//
// Policies as plain values: what the text said, nothing resolved yet. Names
// keep the place where they stood, so that `check` can point at them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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
enum class Enforcement { kEnforce, kObserve };
// What happens to streams in flight when a Forbid newly matches them.
enum class OnChange { kCut, kFinish };

// A moment and the words for it: a date means its last nanosecond.
struct Moment {
  Text text;
  WallTime time{};
  bool operator==(const Moment&) const = default;
};

// metadata.labels and metadata.annotations of an object, by key.
struct Notes {
  using Map = std::map<std::string, std::string, std::less<>>;
  Map labels;
  Map annotations;
  bool operator==(const Notes&) const = default;
};

// Where a policy set bears this annotation with a date that is not over, it
// goes into force however many calls it newly denies.
inline constexpr std::string_view kMayNewlyDeny = "herald.dev/may-newly-deny";
// A policy with this annotation ("true") says that encryption changes nothing
// for the labels it names: `lint` finds permits of theirs that rest on it.
inline constexpr std::string_view kEncryptionIsNoException =
    "herald.dev/encryption-is-no-exception";

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
  bool operator==(const NodeTest&) const = default;
};

struct Where {
  Position at;
  std::optional<NodeTest> process;      // all that see clear text
  std::optional<NodeTest> transit;      // all opaque relays
  std::optional<NodeTest> any_node;     // Forbid, Oblige: some node
  std::optional<NodeTest> any_process;  // Forbid, Oblige: some clear-text node
  bool end_to_end = false;
  OptionalTexts keys_held_in;
  bool operator==(const Where&) const = default;
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
  bool operator==(const When&) const = default;
};

// What Prefer may say; each key on its own (preference.h merges).
struct PreferKeys {
  struct TierHandicap {
    Tier tier;
    Duration handicap;
    bool operator==(const TierHandicap&) const = default;
  };
  struct Affinity {
    std::string key;  // as the agents' protocol calls it; empty: the header
    Duration bonus{};
    Duration idle{};
    bool operator==(const Affinity&) const = default;
  };
  struct Cost {
    std::optional<double> ceiling_per_gib;
    std::optional<double> ms_per_cent;
    bool operator==(const Cost&) const = default;
  };
  // Peers there are that much better; what is absent is not asked.
  struct Near {
    std::optional<Country> country;
    std::optional<std::string> operator_name;
    Duration bonus{};
    bool operator==(const Near&) const = default;
  };
  // A class of peers, by patterns of their names, and its share of the calls.
  struct Weight {
    Texts peers;
    uint32_t weight = 0;
    bool operator==(const Weight&) const = default;
  };
  static constexpr size_t kMostWeights = 16;
  std::vector<TierHandicap> tiers;
  std::optional<Duration> max_rtt;
  std::optional<Duration> max_predicted_ttfb;
  std::optional<Affinity> affinity;
  std::optional<Cost> cost;
  std::optional<Near> near;
  std::vector<Weight> weights;
  bool operator==(const PreferKeys&) const = default;
};

struct Rule {
  Text id;
  Effect effect = Effect::kForbid;
  Texts covers;  // Permit only
  When when;
  std::optional<Where> where;
  Texts unless_endorsed;                // Forbid, Oblige
  OnChange on_change = OnChange::kCut;  // Forbid
  Obligations obligations;
  PreferKeys prefer;
  bool operator==(const Rule&) const = default;
};

struct Policy {
  size_t file = 0;  // which of the texts
  Text name;
  std::optional<std::string> scope;  // namespace; nullopt: everywhere
  bool cluster = false;
  Mode mode = Mode::kEnforce;
  // Shadow only: the policy that is not weighed when this one is.
  std::optional<Text> replaces;
  // kObserve: refusals of calls from `scope` are only noted, up to `until`.
  Enforcement enforcement = Enforcement::kEnforce;
  std::optional<Moment> until;
  std::vector<Rule> rules;
  Notes notes;
  bool operator==(const Policy&) const = default;
};

// At 3 am: some Forbids lifted and some Permits added, for hours, signed.
struct Override {
  static constexpr Duration kLongest = std::chrono::hours(4);

  size_t file = 0;
  Text name;
  std::optional<std::string> scope;
  std::string reason;
  Moment from;  // both belong to it
  Moment until;
  Texts lifts;              // names of Forbids, "policy/rule"
  std::vector<Rule> rules;  // Permits
  Notes notes;
  bool operator==(const Override&) const = default;
};

struct LabelDeclaration {
  Text name;
  bool controlled = true;
  Texts implies;
  // Patterns of callers whose word for it is taken; nullopt: anybody's. Only
  // where it is not controlled.
  OptionalTexts may_assert;
  bool operator==(const LabelDeclaration&) const = default;
};

// Labels that a call bears whatever its agent says. A selector that is absent
// selects all.
struct LabelFloor {
  Position at;
  OptionalTexts callers;  // patterns
  OptionalTexts callees;
  OptionalTexts skills;
  Texts labels;
  bool operator==(const LabelFloor&) const = default;
};

// Who may vouch for it; checked where endorsements enter (claims.h).
struct EndorsementDeclaration {
  Text name;
  Texts authorities;
  bool operator==(const EndorsementDeclaration&) const = default;
};

struct LabelSchema {
  size_t file = 0;
  Text name;
  std::vector<LabelDeclaration> labels;
  std::vector<LabelFloor> floors;
  std::vector<EndorsementDeclaration> endorsements;
  OptionalTexts purposes;  // nullopt: any purpose goes
  Notes notes;
  bool operator==(const LabelSchema&) const = default;
};

// A named set: a list of codes, or a union of sets plus some codes.
struct CountrySetDeclaration {
  Text name;
  Texts union_of;
  Texts codes;
  bool operator==(const CountrySetDeclaration&) const = default;
};

struct JurisdictionSet {
  size_t file = 0;
  Text name;
  std::string source;
  std::optional<Text> review_by;  // "2027-02-01"
  std::vector<CountrySetDeclaration> sets;
  Notes notes;
  bool operator==(const JurisdictionSet&) const = default;
};

// All that was read, of all texts.
struct PolicySet {
  std::vector<Policy> policies;
  std::vector<Override> overrides;
  std::vector<LabelSchema> schemas;
  std::vector<JurisdictionSet> jurisdictions;
  bool operator==(const PolicySet&) const = default;
};

}  // namespace herald::policy
