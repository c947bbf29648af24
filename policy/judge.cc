// SPDX-License-Identifier: Apache-2.0
#include "policy/judge.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "policy/walk.h"

namespace herald::policy {
namespace {

using RuleIds = absl::InlinedVector<uint32_t, 16>;

// One question being answered.
class Judging {
 public:
  Judging(const Program& program, const Call& call, const Path& path,
          Extent extent, Listener* listener)
      : program_(program),
        call_(call),
        facts_(FactsOf(program, call)),
        walk_(call, path, facts_),
        extent_(extent),
        listener_(listener) {}

  Decision Decide();

 private:
  bool Refused(Decision& decision) const;
  void Weigh(Effect effect, RuleIds& fired);
  Truth Test(const CompiledRule& rule);
  bool InExtent(const CompiledRule& rule) const {
    if (extent_ == Extent::kWithShadow) {
      return !rule.replaced && rule.override < 0;
    }
    return !rule.shadow && (rule.override < 0 || IsOpen(rule.override));
  }
  bool IsOpen(int override) const {
    return policy::IsOpen(program_, call_, facts_,
                          static_cast<uint32_t>(override));
  }
  bool Lifted(const CompiledRule& rule);
  bool Spared() const;
  const Atom* Unmeetable(const CompiledRule& rule) const;
  void SayForbidden(Decision& decision);
  bool Unmet(Decision& decision);
  void JoinObligations(Decision& decision) const;
  void NameOverrides(Decision& decision);
  void Name(RuleIds& ids, Decision& decision) const;
  bool Unpermitted(Decision& decision);
  int Closest(int label) const;

  const Program& program_;
  const Call& call_;
  const CallFacts facts_;
  const Walk walk_;
  const Extent extent_;
  Listener* const listener_;
  // What was found so far.
  RuleIds forbids_;
  RuleIds permits_;
  RuleIds obliges_;
  RuleIds overrides_;  // that lifted a Forbid which would have fired
};

// Of a Forbid that fires: is it lifted just now?
bool Judging::Lifted(const CompiledRule& rule) {
  if (extent_ == Extent::kWithShadow) return false;
  bool lifted = false;
  for (uint32_t id : rule.lifted_in) {
    if (!IsOpen(static_cast<int>(id))) continue;
    overrides_.push_back(id);
    lifted = true;
    if (listener_ != nullptr) {
      listener_->OnLifted(rule, program_.overrides()[id].name);
    }
  }
  return lifted;
}

// Whether a refusal of this call would only be noted. Ask when Forbids have
// been weighed.
bool Judging::Spared() const {
  return extent_ == Extent::kEnforced && facts_.observed &&
         std::none_of(forbids_.begin(), forbids_.end(),
                      [&](uint32_t id) { return program_.rule(id).cluster; });
}

// The first of its obligations that cannot be met on this path, or null.
const Atom* Judging::Unmeetable(const CompiledRule& rule) const {
  for (const Atom& demand : rule.demands) {
    if (walk_.Test(demand).truth != Truth::kTrue) return &demand;
  }
  return nullptr;
}

// Stops at the first atom that settles it, unless somebody listens.
Truth Judging::Test(const CompiledRule& rule) {
  Truth truth = Truth::kTrue;
  Truth enough =
      rule.effect == Effect::kPermit ? Truth::kUnknown : Truth::kFalse;
  for (const Atom& atom : rule.atoms) {
    Walk::Answer answer = walk_.Test(atom);
    truth = And(truth, answer.truth);
    if (listener_ != nullptr) {
      listener_->OnAtom(rule, atom, answer.truth, answer.node);
    } else if (truth <= enough) {
      return truth;
    }
  }
  if (listener_ != nullptr) listener_->OnRule(rule, truth);
  return truth;
}

// Adds the rules of `effect` that hold: permits when True, others unless
// False.
void Judging::Weigh(Effect effect, RuleIds& fired) {
  Truth least = effect == Effect::kPermit ? Truth::kTrue : Truth::kUnknown;
  auto weigh = [&](uint32_t id) {
    const CompiledRule& rule = program_.rule(id);
    if (!InExtent(rule)) return;
    if ((facts_.endorsements & rule.lifted_by) != 0) return;
    if (Test(rule) >= least && !Lifted(rule)) fired.push_back(id);
  };
  auto slot = [&](const RuleIndex::Slot& s) {
    // A call whose labels are all strange has no bit; rules without a gate
    // concern it nevertheless.
    bool concerned = s.gate == kNoGate || (s.gate & facts_.labels) != 0;
    if (!concerned || !InScope(facts_, s.scope)) return;
    weigh(s.rule);
  };
  if (listener_ == nullptr) {
    program_.index(effect).ForEach(call_.callee, call_.skill, slot);
    return;
  }
  // Who listens wants to hear of rules that the index would pass over.
  for (uint32_t id = 0; id < program_.rules().size(); ++id) {
    const CompiledRule& rule = program_.rule(id);
    if (rule.effect == effect) slot({rule.gate, id, rule.scope});
  }
}

void Judging::Name(RuleIds& ids, Decision& decision) const {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  decision.rules.reserve(ids.size());
  for (uint32_t id : ids) decision.rules.push_back(program_.rule(id).name);
}

// The covering permit with the fewest atoms that are not True, by name where
// equal; -1 when none covers the label.
int Judging::Closest(int label) const {
  int closest = -1;
  int least = 0;
  for (uint32_t id = 0; id < program_.rules().size(); ++id) {
    const CompiledRule& rule = program_.rule(id);
    if (rule.effect != Effect::kPermit || !InExtent(rule) ||
        (rule.covers & LabelBit(label)) == 0 || !InScope(facts_, rule.scope)) {
      continue;
    }
    int failed = 0;
    for (const Atom& atom : rule.atoms) {
      if (walk_.Test(atom).truth != Truth::kTrue) ++failed;
    }
    bool closer =
        closest < 0 || failed < least ||
        (failed == least &&
         rule.name < program_.rule(static_cast<uint32_t>(closest)).name);
    if (closer) {
      closest = static_cast<int>(id);
      least = failed;
    }
  }
  return closest;
}

// A controlled label that no Permit which matches covers.
bool Judging::Unpermitted(Decision& decision) {
  LabelBits granted = 0;
  for (uint32_t id : permits_) granted |= program_.rule(id).covers;
  LabelBits missing = facts_.labels & program_.labels().controlled() & ~granted;
  if (missing == 0 && facts_.strange_label.empty()) return false;
  decision.code = Code::kNoPermit;
  RuleIds closest;
  for (LabelBits rest = missing; rest != 0; rest &= rest - 1) {
    int label = std::countr_zero(rest);
    decision.unpermitted.push_back(program_.labels().name(label));
    int id = Closest(label);
    if (id >= 0) closest.push_back(static_cast<uint32_t>(id));
  }
  // Labels that no rule names have no bit.
  for (const std::string& label : call_.labels) {
    auto& names = decision.unpermitted;
    if (!program_.labels().Find(label) &&
        std::find(names.begin(), names.end(), label) == names.end()) {
      names.push_back(label);
    }
  }
  Name(closest, decision);
  return true;
}

// What makes the question itself unanswerable.
bool Judging::Refused(Decision& decision) const {
  if (!program_.has_policies()) {
    decision.code = Code::kNoPolicy;
    decision.reason = kNoPolicy;
  } else if (program_.has_schema() && !facts_.strange_label.empty()) {
    decision.code = Code::kUnknownLabel;
    decision.reason = "label '" + std::string(facts_.strange_label) +
                      "' is in no LabelSchema";
  }
  return !decision.reason.empty();
}

void Judging::SayForbidden(Decision& decision) {
  decision.code = Code::kForbidden;
  for (uint32_t id : forbids_) decision.cuts |= program_.rule(id).cuts;
  Name(forbids_, decision);
}

bool Judging::Unmet(Decision& decision) {
  RuleIds unmet;
  for (uint32_t id : obliges_) {
    const CompiledRule& rule = program_.rule(id);
    const Atom* demand = Unmeetable(rule);
    if (demand == nullptr) continue;
    if (unmet.empty()) {
      decision.reason = rule.name + " demands " + demand->name + ": " +
                        demand->expected + ", which cannot be had here";
    }
    unmet.push_back(id);
  }
  if (unmet.empty()) return false;
  decision.code = Code::kUnmetObligation;
  Name(unmet, decision);
  return true;
}

void Judging::JoinObligations(Decision& decision) const {
  for (uint32_t id : permits_) {
    decision.obligations.Join(program_.rule(id).obligations);
  }
  for (uint32_t id : obliges_) {
    // Only an observed call comes here with one that cannot be met.
    const CompiledRule& rule = program_.rule(id);
    if (Unmeetable(rule) != nullptr) continue;
    decision.obligations.Join(rule.obligations);
  }
  if (decision.observed || !decision.overrides.empty()) {
    decision.obligations.Join({.audit = Obligations::Audit::kDigest});
  }
}

void Judging::NameOverrides(Decision& decision) {
  for (uint32_t id : permits_) {
    int override = program_.rule(id).override;
    if (override >= 0) overrides_.push_back(static_cast<uint32_t>(override));
  }
  std::sort(overrides_.begin(), overrides_.end());
  auto end = std::unique(overrides_.begin(), overrides_.end());
  for (auto id = overrides_.begin(); id != end; ++id) {
    decision.overrides.push_back(program_.overrides()[*id].name);
  }
}

Decision Judging::Decide() {
  Decision decision;
  bool denied = Refused(decision);
  if (denied && !facts_.observed) return decision;
  Weigh(Effect::kForbid, forbids_);
  if (!denied && !forbids_.empty()) {
    SayForbidden(decision);
    denied = true;
  }
  if (denied && !Spared() && listener_ == nullptr) return decision;
  Weigh(Effect::kPermit, permits_);
  Weigh(Effect::kOblige, obliges_);
  denied = denied || Unpermitted(decision) || Unmet(decision);
  if (denied && !Spared()) return decision;
  decision.verdict = Verdict::kPermit;
  decision.observed = denied;
  decision.cuts = false;
  NameOverrides(decision);
  JoinObligations(decision);
  if (denied) return decision;
  decision.code =
      decision.overrides.empty() ? Code::kPermitted : Code::kOverridden;
  Name(permits_, decision);
  return decision;
}

}  // namespace

Decision Judge(const Program& program, const Call& call, const Path& path,
               Extent extent, Listener* listener) {
  if (path.nodes.empty()) {
    // "All nodes of the path" would hold of none.
    Decision decision;
    decision.code = Code::kEmptyPath;
    decision.reason = "the path is empty";
    return decision;
  }
  return Judging(program, call, path, extent, listener).Decide();
}

bool Selects(const Program& program, const Call& call,
             const CompiledRule& rule) {
  CallFacts facts = FactsOf(program, call);
  if (!InScope(facts, rule.scope)) return false;
  Path nowhere;  // a selector asks nothing of the path
  Walk walk(call, nowhere, facts);
  return std::all_of(
      rule.atoms.begin(), rule.atoms.end(),
      [&](const Atom& atom) { return walk.Test(atom).truth == Truth::kTrue; });
}

}  // namespace herald::policy
