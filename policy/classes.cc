// SPDX-License-Identifier: Apache-2.0
#include "policy/classes.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <unordered_set>
#include <utility>

#include "policy/class_values.h"
#include "policy/walk.h"

namespace herald::policy {
namespace {

// A row of bits, as the key of a set.
using Bits = std::string;

void Push(Bits& bits, bool bit) { bits += bit ? '1' : '0'; }

Truth LeastFor(Effect effect) {
  return effect == Effect::kPermit ? Truth::kTrue : Truth::kUnknown;
}

// Numbers of a mixed radix, counted through evenly: all of them where `limit`
// allows, else every n-th.
class Combinations {
 public:
  Combinations(std::vector<size_t> sizes, size_t limit)
      : sizes_(std::move(sizes)) {
    for (size_t size : sizes_) total_ *= static_cast<double>(size);
    double most = static_cast<double>(limit);
    if (total_ <= most) return;
    // A step that shares no factor with the sizes sees every digit vary.
    step_ = static_cast<uint64_t>(total_ / most) | 1u;
    while (SharesAFactor()) step_ += 2;
  }

  bool all() const { return step_ == 1; }
  double total() const { return total_; }

  // fn(digits), the last one varying fastest.
  template <typename Fn>
  size_t ForEach(Fn fn) const {
    std::vector<size_t> digits(sizes_.size());
    size_t seen = 0;
    for (double at = 0; at < total_; at += static_cast<double>(step_)) {
      auto rest = static_cast<uint64_t>(at);
      for (size_t i = sizes_.size(); i-- > 0; rest /= sizes_[i]) {
        digits[i] = rest % sizes_[i];
      }
      fn(digits);
      ++seen;
    }
    return seen;
  }

 private:
  bool SharesAFactor() const {
    return std::any_of(sizes_.begin(), sizes_.end(), [&](size_t size) {
      return std::gcd(step_, uint64_t{size}) != 1;
    });
  }

  std::vector<size_t> sizes_;
  double total_ = 1;
  uint64_t step_ = 1;
};

void SayBound(const char* what, size_t seen, const Combinations& all,
              std::vector<std::string>& bounds) {
  if (all.all()) return;
  bounds.push_back(std::string(what) + ": " + std::to_string(seen) + " of " +
                   std::to_string(static_cast<uint64_t>(all.total())) +
                   " combinations, taken evenly");
}

bool IsOfPath(Atom::Kind kind) {
  using Kind = Atom::Kind;
  return kind == Kind::kProcess || kind == Kind::kTransit ||
         kind == Kind::kAnyNode || kind == Kind::kAnyProcess ||
         kind == Kind::kEndToEnd || kind == Kind::kKeysHeldIn ||
         kind == Kind::kRetention;
}

bool IsOpen(const OverrideWindow& window, const Call& call) {
  return call.at && window.from <= *call.at && *call.at <= window.until;
}

// What one side sees of a call: everything it decides before it looks at the
// path. Calls that agree in it get the same verdict on every path.
class CallSight {
 public:
  explicit CallSight(const Program& program) : program_(program) {}

  void Append(const Call& call, Bits& bits) const {
    CallFacts facts = FactsOf(program_, call);
    Walk walk(call, nowhere_, facts);
    Push(bits, facts.strange_label.empty());
    Push(bits, facts.observed);
    LabelBits needed = facts.labels & program_.labels().controlled();
    for (int i = 0; i < program_.labels().size(); ++i) {
      Push(bits, (needed & LabelBit(i)) != 0);
    }
    for (const CompiledRule& rule : program_.rules()) {
      if (rule.shadow || rule.effect == Effect::kPrefer) continue;
      Push(bits, Weighed(rule, call, facts) && Holds(rule, walk));
    }
  }

 private:
  bool Weighed(const CompiledRule& rule, const Call& call,
               const CallFacts& facts) const {
    auto in_scope = [&](int scope) {
      return scope < 0 || facts.scope == CallFacts::kEverywhere ||
             scope == facts.scope;
    };
    auto open = [&](size_t override) {
      const OverrideWindow& window = program_.overrides()[override];
      return IsOpen(window, call) && in_scope(window.scope);
    };
    if (!in_scope(rule.scope)) return false;
    if (rule.gate != kNoGate && (rule.gate & facts.labels) == 0) return false;
    if ((rule.lifted_by & facts.endorsements) != 0) return false;
    if (rule.override >= 0 && !open(static_cast<size_t>(rule.override))) {
      return false;
    }
    return std::none_of(rule.lifted_in.begin(), rule.lifted_in.end(), open);
  }

  // As far as the call says: atoms of the path are left open.
  static bool Holds(const CompiledRule& rule, const Walk& walk) {
    return std::all_of(rule.atoms.begin(), rule.atoms.end(),
                       [&](const Atom& atom) {
                         return IsOfPath(atom.kind) ||
                                walk.Test(atom).truth >= LeastFor(rule.effect);
                       });
  }

  const Program& program_;
  const Path nowhere_;
};

void AddCalls(std::span<const Judgement> sides, size_t limit,
              Classes& classes) {
  CallValues values = CallValuesOf(sides);
  std::vector<CallSight> sights;
  for (const Judgement& side : sides) sights.emplace_back(*side.program);
  // Labels vary slowest: calls of few labels come first.
  Combinations all(
      {values.labels.size(), values.times.size(), values.endorsements.size(),
       values.callees.size(), values.legal_bases.size(), values.callers.size(),
       values.skills.size(), values.purposes.size()},
      limit);
  std::unordered_set<Bits> seen;
  auto known = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  size_t count = all.ForEach([&](const std::vector<size_t>& digits) {
    TestCase call;
    call.labels = values.labels[digits[0]];
    call.at = values.times[digits[1]];
    call.endorsements = values.endorsements[digits[2]];
    call.callee = values.callees[digits[3]];
    call.legal_basis = known(values.legal_bases[digits[4]]);
    call.caller = values.callers[digits[5]].caller;
    call.scope = values.callers[digits[5]].scope;
    call.skill = known(values.skills[digits[6]]);
    call.purpose = known(values.purposes[digits[7]]);
    Bits bits;
    for (const CallSight& sight : sights) sight.Append(call.call(), bits);
    if (seen.insert(std::move(bits)).second) {
      classes.calls.push_back(std::move(call));
    }
  });
  SayBound("calls", count, all, classes.bounds);
}

// The places a node can have on a path, and what rules see of it there. A
// Permit's atoms hold of a path when they hold of all nodes they ask; a
// Forbid's when they do of some: so what is seen of a path is made of what is
// seen of its nodes.
enum Place { kPeer, kOpaque, kClear };

class NodeSight {
 public:
  explicit NodeSight(std::span<const Judgement> sides) {
    for (const CompiledRule* rule : VerdictRules(sides)) {
      Add(rule->atoms, LeastFor(rule->effect));
      Add(rule->demands, Truth::kTrue);
    }
  }

  // Does any rule care whether a relay sees clear text at all?
  bool asks_end_to_end() const { return asks_end_to_end_; }

  // One character an atom; where the place is none the atom asks about, what
  // leaves the rest of the path to decide.
  Bits At(const Site& site, Place place) const {
    Node node{
        .relay = place != kPeer, .terminates = place != kOpaque, .site = &site};
    Path path{.nodes = {&node, 1}, .keys_held_in = std::nullopt};
    Call call;
    CallFacts facts;
    Walk walk(call, path, facts);
    Bits bits;
    for (const Asked& asked : asked_) {
      bool peer_only = asked.atom->kind == Atom::Kind::kRetention;
      if (peer_only && place != kPeer) {
        Push(bits, true);
        continue;
      }
      Push(bits, walk.Test(*asked.atom).truth >= asked.least);
    }
    return bits;
  }

  Bits Joined(const Bits& peer, const Bits& relay) const {
    Bits bits = peer;
    for (size_t i = 0; i < bits.size(); ++i) {
      bits[i] = asked_[i].some ? std::max(peer[i], relay[i])
                               : std::min(peer[i], relay[i]);
    }
    return bits;
  }

 private:
  struct Asked {
    const Atom* atom;
    Truth least;
    bool some;  // of some node; else of all
  };

  void Add(const std::vector<Atom>& atoms, Truth least) {
    using Kind = Atom::Kind;
    for (const Atom& atom : atoms) {
      bool some = atom.kind == Kind::kAnyNode || atom.kind == Kind::kAnyProcess;
      bool all = atom.kind == Kind::kProcess || atom.kind == Kind::kTransit ||
                 atom.kind == Kind::kRetention;
      if (some || all) asked_.push_back({&atom, least, some});
      asks_end_to_end_ |= atom.kind == Kind::kEndToEnd;
    }
  }

  std::vector<Asked> asked_;
  bool asks_end_to_end_ = false;
};

// A node as it is seen in one place.
struct SeenNode {
  Site site;
  Bits bits;
};
using SeenNodes = std::array<std::vector<SeenNode>, 3>;  // by Place

SeenNodes NodesOf(const NodeValues& values, const NodeSight& sight,
                  size_t limit, Classes& classes) {
  SeenNodes nodes;
  std::array<std::set<Bits>, 3> seen;
  Combinations all({values.countries.size(), values.controls.size(),
                    values.tiers.size(), values.assurances.size(),
                    values.attestations.size(), values.retentions.size()},
                   limit);
  size_t count = all.ForEach([&](const std::vector<size_t>& digits) {
    Site site;
    site.country = values.countries[digits[0]];
    site.operator_control = values.controls[digits[1]];
    site.tier = values.tiers[digits[2]];
    site.assurance = values.assurances[digits[3]];
    site.attestation = values.attestations[digits[4]];
    site.retention = values.retentions[digits[5]];
    for (Place place : {kPeer, kOpaque, kClear}) {
      Bits bits = sight.At(site, place);
      if (!seen[place].insert(bits).second) continue;
      nodes[place].push_back({site, std::move(bits)});
      if (place != kPeer) nodes[place].back().site.retention.reset();
    }
  });
  SayBound("nodes", count, all, classes.bounds);
  return nodes;
}

void AddPaths(std::span<const Judgement> sides, const ClassLimits& limits,
              Classes& classes) {
  NodeValues values = NodeValuesOf(sides);
  NodeSight sight(sides);
  SeenNodes nodes = NodesOf(values, sight, limits.nodes, classes);
  std::unordered_set<Bits> seen;
  std::vector<PathClass> paths;
  auto add = [&](const SeenNode* relay, Place place, const SeenNode& peer) {
    Bits bits = relay ? sight.Joined(peer.bits, relay->bits) : peer.bits;
    Push(bits, place == kClear && sight.asks_end_to_end());
    if (!seen.insert(std::move(bits)).second) return;
    PathClass& path = paths.emplace_back();
    if (relay) path.stops.push_back({true, place == kClear, relay->site});
    path.stops.push_back({false, true, peer.site});
  };
  for (const SeenNode& peer : nodes[kPeer]) add(nullptr, kPeer, peer);
  for (Place place : {kOpaque, kClear}) {
    Combinations all({nodes[place].size(), nodes[kPeer].size()}, limits.paths);
    size_t count = all.ForEach([&](const std::vector<size_t>& digits) {
      add(&nodes[place][digits[0]], place, nodes[kPeer][digits[1]]);
    });
    SayBound("paths", count, all, classes.bounds);
  }
  for (const auto& keys : values.keys) {
    for (const PathClass& path : paths) {
      classes.paths.push_back(path);
      classes.paths.back().keys_held_in = keys;
    }
  }
}

}  // namespace

Classes ClassesOf(std::span<const Judgement> sides, const ClassLimits& limits) {
  Classes classes;
  AddCalls(sides, limits.calls, classes);
  AddPaths(sides, limits, classes);
  return classes;
}

}  // namespace herald::policy
