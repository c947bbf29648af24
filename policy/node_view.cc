// SPDX-License-Identifier: Apache-2.0
#include "policy/node_view.h"

#include "policy/plan.h"
#include "policy/walk.h"

namespace herald::policy {
namespace {

constexpr size_t kWordBits = 64;

// What a rule asks of this one node, as the three bits of NodeView::Word.
struct Asked {
  Truth clear = Truth::kTrue;
  Truth other = Truth::kTrue;
  Truth peer = Truth::kTrue;
};

Truth AllFacts(const Atom& atom, const Node& node) {
  Truth truth = Truth::kTrue;
  for (const NodeFact& fact : atom.facts) {
    truth = And(truth, TestFact(fact, node));
  }
  return truth;
}

void Ask(const Atom& atom, const Node& node, Asked& asked) {
  switch (atom.kind) {
    case Atom::Kind::kProcess:
    case Atom::Kind::kAnyProcess:
      asked.clear = And(asked.clear, AllFacts(atom, node));
      return;
    case Atom::Kind::kTransit:
    case Atom::Kind::kAnyNode:
      asked.other = And(asked.other, AllFacts(atom, node));
      return;
    case Atom::Kind::kRetention:
      asked.peer = And(asked.peer, TestRetention(atom, node));
      return;
    default:
      return;
  }
}

}  // namespace

NodeView::NodeView(const Program& program, const Site& site) {
  const Plan& plan = program.plan();
  words_.resize(plan.words().size());
  const Node node{.site = &site};
  for (size_t i = 0; i < plan.entries().size(); ++i) {
    const CompiledRule* rule = plan.entries()[i].rule;
    if (rule == nullptr) continue;  // the rest of a word
    Asked asked;
    for (const Atom& atom : rule->atoms) Ask(atom, node, asked);
    for (const Atom& demand : rule->demands) Ask(demand, node, asked);
    Truth least =
        rule->effect == Effect::kPermit ? Truth::kTrue : Truth::kUnknown;
    Word& word = words_[i / kWordBits];
    size_t shift = i % kWordBits;
    word.clear |= uint64_t{asked.clear >= least} << shift;
    word.other |= uint64_t{asked.other >= least} << shift;
    // A promise that is not known is none, for an Oblige too.
    word.peer |= uint64_t{asked.peer == Truth::kTrue} << shift;
  }
}

}  // namespace herald::policy
