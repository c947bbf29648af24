// SPDX-License-Identifier: Apache-2.0
//
// Compiled policy: what compile.h makes of the texts and judge.h walks for
// every call. Nothing in it changes once it is built, so it is shared by
// pointer and swapped whole.
//
// A rule is a conjunction of atoms. An atom is one thing a rule asks, with the
// name under which `explain` shows it; atoms about nodes carry the facts they
// ask of each node.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/site.h"
#include "policy/claims.h"
#include "policy/countries.h"
#include "policy/decision.h"
#include "policy/labels.h"
#include "policy/pattern.h"
#include "policy/program_facts.h"
#include "policy/schema.h"

namespace herald::policy {

// One fact asked of one node.
struct NodeFact {
  enum class Kind {
    kCountries,
    kControlOnlyIn,
    kControlNotOnlyIn,
    kControlAnyOf,
    kTiers,
    kAssurance,
    kAttestation,
  };
  Kind kind = Kind::kCountries;
  CountryBits countries;               // kCountries, kControl...
  uint8_t tiers = 0;                   // kTiers: a bit for each
  std::vector<std::string> assurance;  // kAssurance: all of them
  Attestation min = Attestation::kNone;
  std::string name;      // "countries.in"
  std::string expected;  // "[EEA, ADEQUATE]"
};

struct Atom {
  enum class Kind {
    kCallers,
    kCallees,
    kSkills,
    kPurposes,
    kLegalBasis,
    kEndorsementsAnyOf,
    kEndorsementsAllOf,
    kLabelsAnyOf,
    kLabelsAllOf,
    kEndToEnd,
    kKeysHeldIn,
    kProcess,     // the one fact, of every node that sees clear text
    kTransit,     // the one fact, of every opaque relay
    kAnyNode,     // all facts, of some node
    kAnyProcess,  // all facts, of some node that sees clear text
    kRetention,   // the peer promises to keep data no longer than that
    kNever,       // an obligation that cannot be met here
  };
  Kind kind = Kind::kNever;
  std::vector<Pattern> patterns;  // callers, callees, skills, and names
  uint64_t bits = 0;              // labels, endorsements
  CountryBits countries;          // keysHeldIn
  Duration retention{};           // retention
  std::vector<NodeFact> facts;
  std::string name;      // "where.process.countries.in"
  std::string expected;  // "[EEA]"
};

// The gate of a rule that concerns every call, whatever its labels.
inline constexpr LabelBits kNoGate = ~LabelBits{0};

// Of a Prefer's weights.
struct PeerClass {
  std::vector<Pattern> peers;
  uint32_t weight = 0;
};

struct CompiledRule {
  std::string name;  // "policy/rule"
  Effect effect = Effect::kForbid;
  bool shadow = false;
  bool replaced = false;   // by a shadow: not weighed together with shadows
  bool cluster = false;    // of a ClusterRoutingPolicy
  int override = -1;       // index into overrides() of the Override it is of
  int scope = -1;          // index into scopes(); -1: every caller
  LabelBits covers = 0;    // Permit
  LabelBits gate = 0;      // some label of it must be there, or kNoGate
  uint64_t lifted_by = 0;  // endorsements
  bool cuts = false;  // Forbid: streams in flight end when it newly matches
  std::vector<uint32_t> lifted_in;  // Forbid: the Overrides that lift it
  std::vector<Atom> atoms;
  Obligations obligations;
  // Oblige: all must be True for its obligations to be met. A Permit has them
  // among its atoms.
  std::vector<Atom> demands;
  PreferKeys prefer;
  std::vector<PeerClass> peer_classes;  // of prefer.weights
  int specificity = 0;  // of its selector, for merging preferences
};

// When an Override is in force, and for whom.
struct OverrideWindow {
  std::string name;
  int scope = -1;  // as of CompiledRule
  WallTime from;
  WallTime until;
};

// The rules of one effect, found by what most rules name literally. A rule is
// in exactly one list, and each list of a question is walked once.
class RuleIndex {
 public:
  // What a scan looks at before the rule itself: 16 bytes each, in a row.
  struct Slot {
    LabelBits gate;
    uint32_t rule;
    int32_t scope;
  };

  void Add(const CompiledRule& rule, uint32_t id);

  // fn(const Slot&) for every rule that may apply; unknown callees (empty)
  // and skills visit all, since Unknown may fire a Forbid.
  template <typename Fn>
  void ForEach(std::string_view callee, std::optional<std::string_view> skill,
               Fn fn) const {
    for (const Slot& slot : rest_) fn(slot);
    if (!callee.empty()) {
      Bucket(by_callee_, callee, fn);
    } else {
      for (const auto& [name, slots] : by_callee_) Each(slots, fn);
    }
    if (skill) {
      Bucket(by_skill_, *skill, fn);
    } else {
      for (const auto& [name, slots] : by_skill_) Each(slots, fn);
    }
  }

 private:
  using Slots = std::vector<Slot>;
  using Buckets = std::map<std::string, Slots, std::less<>>;

  template <typename Fn>
  static void Each(const Slots& slots, Fn& fn) {
    for (const Slot& slot : slots) fn(slot);
  }
  template <typename Fn>
  static void Bucket(const Buckets& buckets, std::string_view key, Fn& fn) {
    if (auto at = buckets.find(key); at != buckets.end()) {
      Each(at->second, fn);
    }
  }

  Slots rest_;
  Buckets by_callee_;  // rules with exactly one callee, without `*`
  Buckets by_skill_;   // of the others, those with exactly one such skill
};

class Plan;

// Immutable; owned by shared_ptr<const Program>.
class Program {
 public:
  struct Parts {
    bool has_policies = false;  // some RoutingPolicy or ClusterRoutingPolicy
    bool has_schema = false;
    bool has_shadow = false;
    LabelTable labels;
    ClaimRules claims;
    std::vector<std::string> scopes;        // namespaces, sorted
    std::vector<std::string> endorsements;  // sorted; the bits' order
    std::vector<OverrideWindow> overrides;  // sorted by name
    // In the order of the texts, those of Overrides last.
    std::vector<CompiledRule> rules;
    ProgramFacts facts;
  };

  explicit Program(Parts parts);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bool has_policies() const { return parts_.has_policies; }
  bool has_schema() const { return parts_.has_schema; }
  bool has_shadow() const { return parts_.has_shadow; }
  const LabelTable& labels() const { return parts_.labels; }
  const std::vector<std::string>& scopes() const { return parts_.scopes; }
  const std::vector<std::string>& endorsements() const {
    return parts_.endorsements;
  }
  const std::vector<OverrideWindow>& overrides() const {
    return parts_.overrides;
  }
  const std::vector<CompiledRule>& rules() const { return parts_.rules; }
  const CompiledRule& rule(uint32_t id) const { return parts_.rules[id]; }
  const RuleIndex& index(Effect effect) const {
    return index_[static_cast<size_t>(effect)];
  }
  // The same rules as inquiry.h walks them.
  const Plan& plan() const { return *plan_; }
  const ClaimRules& claims() const { return parts_.claims; }
  const ProgramFacts& about() const { return parts_.facts; }
  // Names the texts it came from; people are shown about().short_hash().
  const std::string& hash() const { return parts_.facts.hash; }

 private:
  Parts parts_;
  std::array<RuleIndex, 4> index_;  // by Effect
  std::unique_ptr<const Plan> plan_;
};

}  // namespace herald::policy
