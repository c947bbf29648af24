// SPDX-License-Identifier: Apache-2.0
//
// Permits that no peer of the fleet meets.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/judge.h"
#include "policy/lint_notes.h"

namespace herald::policy {
namespace {

// Hears whether a permit's demands on callee, skill and path are met; what
// only the call can say (purpose, caller, ...) is left open.
class PeerListener final : public Listener {
 public:
  explicit PeerListener(std::set<const CompiledRule*>& met) : met_(met) {}

  void OnAtom(const CompiledRule&, const Atom& atom, Truth truth,
              int) override {
    using Kind = Atom::Kind;
    switch (atom.kind) {
      case Kind::kCallees:
      case Kind::kSkills:  // a peer that names no skill may have any
        fails_ |= truth == Truth::kFalse;
        return;
      case Kind::kEndToEnd:
      case Kind::kKeysHeldIn:
      case Kind::kProcess:
      case Kind::kTransit:
        fails_ |= truth != Truth::kTrue;
        return;
      default:
        return;
    }
  }
  void OnRule(const CompiledRule& rule, Truth) override {
    if (!fails_) met_.insert(&rule);
    fails_ = false;
  }

 private:
  std::set<const CompiledRule*>& met_;
  bool fails_ = false;
};

std::set<const CompiledRule*> MetBySomePeer(const LintNotes& notes) {
  std::vector<std::string> labels;
  for (int i = 0; i < notes.program().labels().size(); ++i) {
    labels.push_back(notes.program().labels().name(i));
  }
  std::set<const CompiledRule*> met;
  for (const LintPeer& peer : *notes.options().peers) {
    Path path{peer.path, peer.path.back().site->country};
    for (const LintPeer::Agent& agent : peer.agents) {
      Call call;
      call.callee = agent.name;
      call.labels = labels;
      PeerListener listener(met);
      std::vector<std::optional<std::string>> skills(agent.skills.begin(),
                                                     agent.skills.end());
      if (skills.empty()) skills.push_back(std::nullopt);
      for (const auto& skill : skills) {
        call.skill = skill;
        Judge(notes.program(), call, path, Extent::kWithShadow, &listener);
      }
    }
  }
  return met;
}

}  // namespace

void LintPeers(LintNotes& notes) {
  if (notes.options().peers == nullptr) return;
  std::set<const CompiledRule*> met = MetBySomePeer(notes);
  for (const LintRule& rule : notes.rules()) {
    if (rule.rule->effect != Effect::kPermit) continue;
    if (met.count(rule.compiled) > 0) continue;
    notes.Add("permit-without-peer", rule,
              "no peer of the fleet meets what it asks of callee and path",
              "'herald policy explain' says what each peer lacks");
  }
}

}  // namespace herald::policy
