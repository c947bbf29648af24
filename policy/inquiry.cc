// SPDX-License-Identifier: Apache-2.0
#include "policy/inquiry.h"

#include <algorithm>
#include <bit>

namespace herald::policy {
namespace {

constexpr uint32_t kWordBits = 64;

bool SeesClearText(const ViewedNode& node) {
  return !node.relay || node.terminates;
}

bool IsEndToEnd(const ViewedPath& path) {
  return std::none_of(
      path.nodes.begin(), path.nodes.end(),
      [](const ViewedNode& node) { return node.relay && node.terminates; });
}

}  // namespace

Inquiry::Inquiry(const Program& program, const Call& call)
    : program_(program),
      plan_(program.plan()),
      call_(call),
      facts_(FactsOf(program, call)),
      needed_(facts_.labels & program.labels().controlled()),
      strange_(!facts_.strange_label.empty()),
      live_(plan_.words().size()),
      known_(plan_.atoms().size()) {
  refused_ = !program.has_policies() || (program.has_schema() && strange_);
  if (refused_ && !facts_.observed) return;
  plan_.ForEach(call.callee, call.skill, facts_.labels,
                [this](const Plan::Slot& slot) { Consider(slot); });
  Collect(plan_.forbids(), forbids_);
  Collect(plan_.permits(), permits_);
  Collect(plan_.obliges(), obliges_);
}

void Inquiry::Consider(const Plan::Slot& slot) {
  if (!InScope(facts_, slot.scope)) return;
  uint32_t word = slot.position / kWordBits;
  bool permit = word >= plan_.permits().begin && word < plan_.permits().end;
  if (!Applies(plan_.entries()[slot.position], permit)) return;
  live_[word] |= uint64_t{1} << (slot.position % kWordBits);
}

bool Inquiry::Applies(const Plan::Entry& entry, bool permit) {
  if ((entry.lifted_by & facts_.endorsements) != 0) return false;
  if (entry.override >= 0 &&
      !IsOpen(program_, call_, facts_, static_cast<uint32_t>(entry.override))) {
    return false;
  }
  Truth least = permit ? Truth::kTrue : Truth::kUnknown;
  for (uint32_t i = entry.first_atom; i < entry.end_atom; ++i) {
    if (Test(plan_.atom_ids()[i]) < least) return false;
  }
  if (!entry.lifted) return true;
  const std::vector<uint32_t>& lifted_in = entry.rule->lifted_in;
  return std::none_of(lifted_in.begin(), lifted_in.end(), [&](uint32_t id) {
    return IsOpen(program_, call_, facts_, id);
  });
}

Truth Inquiry::Test(uint32_t atom) {
  uint8_t& known = known_[atom];
  if (known == 0) {
    Truth truth = TestCall(*plan_.atoms()[atom], call_, facts_);
    known = static_cast<uint8_t>(static_cast<uint8_t>(truth) + 1);
  }
  return static_cast<Truth>(known - 1);
}

void Inquiry::Collect(Plan::Range range, Rules& rules) const {
  for (uint32_t word = range.begin; word < range.end; ++word) {
    if (live_[word] != 0) rules.push_back({word, live_[word]});
  }
}

// Takes out rules that ask where keys are held and do not get `least`.
uint64_t Inquiry::KeepKeys(uint64_t rules, uint32_t word,
                           const ViewedPath& path, Truth least) const {
  for (uint64_t rest = rules & plan_.words()[word].keys; rest != 0;
       rest &= rest - 1) {
    int bit = std::countr_zero(rest);
    const Plan::Entry& entry =
        plan_.entries()[word * kWordBits + static_cast<uint32_t>(bit)];
    if (TestKeys(*entry.keys, path.keys_held_in) < least) {
      rules &= ~(uint64_t{1} << bit);
    }
  }
  return rules;
}

// Forbids and Obliges ask for some node that may be so.
uint64_t Inquiry::MayHold(const Live& live, const ViewedPath& path) const {
  uint64_t clear = 0;
  uint64_t any = 0;
  for (const ViewedNode& node : path.nodes) {
    const NodeView::Word& word = node.view->words()[live.word];
    any |= word.other;
    if (SeesClearText(node)) clear |= word.clear;
  }
  uint64_t rules = live.rules & clear & any;
  return rules == 0 ? 0 : KeepKeys(rules, live.word, path, Truth::kUnknown);
}

Inquiry::Fired Inquiry::Forbids(const ViewedPath& path) const {
  Fired fired;
  for (const Live& live : forbids_) {
    uint64_t rules = MayHold(live, path);
    fired.any |= rules != 0;
    fired.cluster |= (rules & plan_.words()[live.word].cluster) != 0;
    // For a caller that is not observed one is enough.
    if (fired.any && (fired.cluster || !facts_.observed)) break;
  }
  return fired;
}

// Does each label that wants a Permit get one?
bool Inquiry::Granted(const ViewedPath& path, bool end_to_end) const {
  if (strange_) return false;
  LabelBits missing = needed_;
  for (const Live& live : permits_) {
    if (missing == 0) return true;
    uint64_t rules =
        live.rules & path.nodes.back().view->words()[live.word].peer;
    if (!end_to_end) rules &= ~plan_.words()[live.word].end_to_end;
    for (const ViewedNode& node : path.nodes) {
      const NodeView::Word& word = node.view->words()[live.word];
      rules &= SeesClearText(node) ? word.clear : word.other;
    }
    if (rules == 0) continue;
    rules = KeepKeys(rules, live.word, path, Truth::kTrue);
    const Plan::Entry* entries = &plan_.entries()[live.word * kWordBits];
    for (; rules != 0 && missing != 0; rules &= rules - 1) {
      missing &= ~entries[std::countr_zero(rules)].covers;
    }
  }
  return missing == 0;
}

// Does an Oblige fire that nobody can meet on this path?
bool Inquiry::Unmet(const ViewedPath& path, bool end_to_end) const {
  for (const Live& live : obliges_) {
    const Plan::Word& word = plan_.words()[live.word];
    uint64_t unmet =
        word.never | ~path.nodes.back().view->words()[live.word].peer;
    if (!end_to_end) unmet |= word.end_to_end;
    if ((unmet & live.rules) == 0) continue;
    if ((unmet & MayHold(live, path)) != 0) return true;
  }
  return false;
}

Inquiry::Answer Inquiry::Ask(const ViewedPath& path) const {
  constexpr Answer kDenied{};
  if (path.nodes.empty() || (refused_ && !facts_.observed)) return kDenied;
  Fired forbids = Forbids(path);
  bool spared = facts_.observed && !forbids.cluster;
  bool denied = refused_ || forbids.any;
  if (!denied) {
    bool end_to_end = IsEndToEnd(path);
    denied = !Granted(path, end_to_end) || Unmet(path, end_to_end);
  }
  if (!denied) return {Verdict::kPermit, false};
  return spared ? Answer{Verdict::kPermit, true} : kDenied;
}

}  // namespace herald::policy
