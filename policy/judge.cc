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
  bool Refused(Decision& decision);
  void Weigh(Effect effect, RuleIds& fired);
  Truth Test(const CompiledRule& rule);
  bool InScope(int scope) const {
    return scope < 0 || facts_.scope == CallFacts::kEverywhere ||
           scope == facts_.scope;
  }
  bool InExtent(const CompiledRule& rule) const {
    return !rule.shadow || extent_ == Extent::kWithShadow;
  }
  bool CannotBeMet(const CompiledRule& rule) const {
    return rule.cannot_be_met ||
           (rule.obligations.encrypt_end_to_end && !walk_.end_to_end());
  }
  void Name(RuleIds& ids, Decision& decision) const;
  bool Unpermitted(LabelBits granted, Decision& decision);
  int Closest(int label) const;

  const Program& program_;
  const Call& call_;
  const CallFacts facts_;
  const Walk walk_;
  const Extent extent_;
  Listener* const listener_;
};

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
    if (Test(rule) >= least) fired.push_back(id);
  };
  auto slot = [&](const RuleIndex::Slot& s) {
    // A call whose labels are all strange has no bit; rules without a gate
    // concern it nevertheless.
    bool concerned = s.gate == kNoGate || (s.gate & facts_.labels) != 0;
    if (!concerned || !InScope(s.scope)) return;
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
        (rule.covers & LabelBit(label)) == 0 || !InScope(rule.scope)) {
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

bool Judging::Unpermitted(LabelBits granted, Decision& decision) {
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
bool Judging::Refused(Decision& decision) {
  if (!program_.has_policies()) {
    decision.code = Code::kNoPolicy;
    decision.reason = kNoPolicy;
  } else if (program_.has_schema() && !facts_.strange_label.empty()) {
    decision.reason = "label '" + std::string(facts_.strange_label) +
                      "' is in no LabelSchema";
    decision.code = Code::kUnknownLabel;
  }
  return !decision.reason.empty();
}

Decision Judging::Decide() {
  Decision decision;
  if (Refused(decision)) return decision;
  RuleIds forbids;
  Weigh(Effect::kForbid, forbids);
  if (!forbids.empty()) {
    decision.code = Code::kForbidden;
    for (uint32_t id : forbids) decision.cuts |= program_.rule(id).cuts;
    Name(forbids, decision);
    if (listener_ == nullptr) return decision;
  }
  RuleIds permits;
  Weigh(Effect::kPermit, permits);
  RuleIds obliges;
  Weigh(Effect::kOblige, obliges);
  if (!forbids.empty()) return decision;
  LabelBits granted = 0;
  for (uint32_t id : permits) granted |= program_.rule(id).covers;
  if (Unpermitted(granted, decision)) return decision;
  RuleIds unmet;
  for (uint32_t id : obliges) {
    if (CannotBeMet(program_.rule(id))) unmet.push_back(id);
  }
  if (!unmet.empty()) {
    decision.code = Code::kUnmetObligation;
    decision.reason = "an obligation cannot be met here";
    Name(unmet, decision);
    return decision;
  }
  for (uint32_t id : permits) {
    decision.obligations.Join(program_.rule(id).obligations);
  }
  for (uint32_t id : obliges) {
    decision.obligations.Join(program_.rule(id).obligations);
  }
  Name(permits, decision);
  decision.verdict = Verdict::kPermit;
  decision.code = Code::kPermitted;
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
  if (rule.scope >= 0 && facts.scope != CallFacts::kEverywhere &&
      facts.scope != rule.scope) {
    return false;
  }
  Path nowhere;  // a selector asks nothing of the path
  Walk walk(call, nowhere, facts);
  return std::all_of(
      rule.atoms.begin(), rule.atoms.end(),
      [&](const Atom& atom) { return walk.Test(atom).truth == Truth::kTrue; });
}

}  // namespace herald::policy
