// SPDX-License-Identifier: Apache-2.0
#include "policy/coverage.h"

#include <algorithm>
#include <utility>

#include "policy/explain.h"

namespace herald::policy {
namespace {

constexpr uint8_t Bit(Truth truth) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(truth));
}
constexpr uint8_t kTwoValued = Bit(Truth::kFalse) | Bit(Truth::kTrue);
constexpr uint8_t kThreeValued = kTwoValued | Bit(Truth::kUnknown);
constexpr uint8_t kNeverTrue = Bit(Truth::kFalse) | Bit(Truth::kUnknown);

// A set of countries may be empty on purpose: a list that nobody is on as yet.
// What asks for it is never true, and is no gap for that.
bool IsOfNoCountry(const Atom& atom) {
  using Fact = NodeFact::Kind;
  if (atom.kind == Atom::Kind::kKeysHeldIn) return atom.countries.none();
  return std::any_of(atom.facts.begin(), atom.facts.end(),
                     [](const NodeFact& fact) {
                       bool needs_one = fact.kind == Fact::kCountries ||
                                        fact.kind == Fact::kControlOnlyIn ||
                                        fact.kind == Fact::kControlAnyOf;
                       return needs_one && fact.countries.none();
                     });
}

// Labels, endorsements and relays are always known.
uint8_t PossibleFor(const Atom& atom) {
  using Kind = Atom::Kind;
  switch (atom.kind) {
    case Kind::kEndorsementsAnyOf:
    case Kind::kEndorsementsAllOf:
    case Kind::kLabelsAnyOf:
    case Kind::kLabelsAllOf:
    case Kind::kEndToEnd:
      return kTwoValued;
    case Kind::kNever:
      return Bit(Truth::kFalse);
    default:
      return IsOfNoCountry(atom) ? kNeverTrue : kThreeValued;
  }
}

bool IsLabels(const Atom& atom) {
  return atom.kind == Atom::Kind::kLabelsAnyOf ||
         atom.kind == Atom::Kind::kLabelsAllOf;
}

// The atom that keeps the rule from being weighed at all when it is false.
const Atom* GateOf(const CompiledRule& rule) {
  if (rule.effect == Effect::kPermit || rule.gate == kNoGate) return nullptr;
  for (const Atom& atom : rule.atoms) {
    if (IsLabels(atom)) return &atom;
  }
  return nullptr;
}

bool OnlyAsksForLabels(const CompiledRule& rule) {
  return std::all_of(rule.atoms.begin(), rule.atoms.end(), IsLabels);
}

std::string_view WhatNever(Effect effect, bool held) {
  switch (effect) {
    case Effect::kPermit:
      return held ? "never permitted a call"
                  : "no call was ever refused for want of it";
    case Effect::kForbid:
      return held ? "never forbade a call"
                  : "never left a permitted call alone";
    default:
      return held ? "never obliged to anything"
                  : "never left a permitted call alone";
  }
}

}  // namespace

// Keeps what the walk says, by rule.
class Coverage::Ear final : public Listener {
 public:
  explicit Ear(const Program& program)
      : program_(program), heard_(program.rules().size()) {}

  void OnAtom(const CompiledRule& rule, const Atom&, Truth truth,
              int) override {
    At(rule).atoms.push_back(truth);
  }
  void OnRule(const CompiledRule& rule, Truth truth) override {
    At(rule).heard = true;
    At(rule).truth = truth;
  }
  const Heard& at(size_t rule) const { return heard_[rule]; }

 private:
  Heard& At(const CompiledRule& rule) {
    return heard_[static_cast<size_t>(&rule - program_.rules().data())];
  }
  const Program& program_;
  std::vector<Heard> heard_;
};

void Coverage::Begin(const Reading& reading, const Program& program) {
  program_ = &program;
  // Where each rule stands, by its name; a name that is there twice (in two
  // namespaces) is met in the order of the texts.
  std::multimap<std::string, std::pair<size_t, Position>> places;
  auto place = [&](size_t file, const Text& owner, const Rule& rule) {
    places.emplace(owner.text + "/" + rule.id.text,
                   std::pair(file, rule.id.at));
  };
  for (const Policy& policy : reading.set.policies) {
    for (const Rule& rule : policy.rules) place(policy.file, policy.name, rule);
  }
  for (const Override& one : reading.set.overrides) {
    for (const Rule& rule : one.rules) place(one.file, one.name, rule);
  }
  current_.clear();
  for (const CompiledRule& rule : program.rules()) {
    auto at = places.find(rule.name);
    if (rule.effect == Effect::kPrefer || at == places.end()) {
      current_.push_back(nullptr);
      continue;
    }
    auto [file, position] = at->second;
    places.erase(at);
    Entry& entry =
        entries_[{reading.files[file]->file(), position.line, rule.name}];
    current_.push_back(&entry);
    if (!entry.atoms.empty()) continue;
    entry.at = position;
    entry.effect = rule.effect;
    entry.can_fail = !rule.atoms.empty() || rule.lifted_by != 0;
    for (const Atom& atom : rule.atoms) {
      entry.atoms.push_back({atom.name, atom.expected, PossibleFor(atom)});
    }
    if (rule.lifted_by != 0) {
      entry.atoms.push_back({"unlessEndorsed", "", kTwoValued});
    }
  }
}

void Coverage::Ask(const Call& call, const Path& path) {
  Weigh(call, path, Extent::kEnforced);
  if (program_->has_shadow()) Weigh(call, path, Extent::kWithShadow);
}

void Coverage::Weigh(const Call& call, const Path& path, Extent extent) {
  Ear ear(*program_);
  Decision decision = Judge(*program_, call, path, extent, &ear);
  for (size_t i = 0; i < program_->rules().size(); ++i) {
    const CompiledRule& rule = program_->rules()[i];
    bool shadow = extent == Extent::kWithShadow;
    if (current_[i] == nullptr || rule.shadow != shadow) continue;
    if (!InScope(rule, call)) continue;
    Note(rule, ear.at(i), call, decision, *current_[i]);
  }
}

bool Coverage::InScope(const CompiledRule& rule, const Call& call) const {
  return rule.scope < 0 || !call.caller_namespace ||
         program_->scopes()[static_cast<size_t>(rule.scope)] ==
             *call.caller_namespace;
}

bool Coverage::IsLifted(const CompiledRule& rule, const Call& call) const {
  for (size_t i = 0; i < program_->endorsements().size(); ++i) {
    if ((rule.lifted_by >> i & 1u) == 0) continue;
    const std::string& name = program_->endorsements()[i];
    if (std::find(call.endorsements.begin(), call.endorsements.end(), name) !=
        call.endorsements.end()) {
      return true;
    }
  }
  return false;
}

void Coverage::Note(const CompiledRule& rule, const Heard& heard,
                    const Call& call, const Decision& decision,
                    Entry& entry) const {
  for (size_t i = 0; i < heard.atoms.size(); ++i) {
    entry.atoms[i].seen |= Bit(heard.atoms[i]);
  }
  bool lifted = IsLifted(rule, call);
  if (rule.lifted_by != 0 && (heard.heard || lifted)) {
    entry.atoms.back().seen |= Bit(ToTruth(lifted));
  }
  if (heard.heard) {
    NoteWay(rule, heard, decision, entry);
    return;
  }
  // Nobody heard of it because the call has none of its labels.
  const Atom* gate = GateOf(rule);
  if (lifted || gate == nullptr) return;
  entry.atoms[static_cast<size_t>(gate - rule.atoms.data())].seen |=
      Bit(Truth::kFalse);
  bool permitted = decision.verdict == Verdict::kPermit && !decision.observed;
  if (permitted && OnlyAsksForLabels(rule)) entry.failed = true;
}

void Coverage::NoteWay(const CompiledRule& rule, const Heard& heard,
                       const Decision& decision, Entry& entry) const {
  bool permitted = decision.verdict == Verdict::kPermit && !decision.observed;
  bool decided = std::find(decision.rules.begin(), decision.rules.end(),
                           rule.name) != decision.rules.end();
  if (rule.effect == Effect::kPermit) {
    if (permitted) {
      entry.held |= decided;
    } else if (heard.truth != Truth::kTrue) {
      for (const std::string& label : decision.unpermitted) {
        std::optional<int> bit = program_->labels().Find(label);
        entry.failed |= bit && (rule.covers & LabelBit(*bit)) != 0;
      }
    }
    return;
  }
  bool fires = heard.truth != Truth::kFalse;
  if (permitted) {
    // An Oblige that fired made the obligations what they are; a Forbid that
    // fired was lifted.
    entry.held |= fires && rule.effect == Effect::kOblige;
    entry.failed |= !fires;
  } else {
    entry.held |= fires && decided;
  }
}

CoverageReport Coverage::Report() const {
  CoverageReport report;
  for (const auto& [key, entry] : entries_) {
    CoverageGap gap{.file = std::get<0>(key),
                    .at = entry.at,
                    .rule = std::get<2>(key),
                    .effect = entry.effect,
                    .never_held = !entry.held,
                    .never_failed = entry.can_fail && !entry.failed,
                    .atoms = {}};
    ++report.rules;
    bool both = !gap.never_held && !gap.never_failed;
    if (both) ++report.rules_both_ways;
    for (const Seen& atom : entry.atoms) {
      ++report.atoms;
      CoverageGap::Atom missing{atom.name, atom.expected, {}};
      for (Truth truth : {Truth::kTrue, Truth::kFalse, Truth::kUnknown}) {
        bool open =
            (atom.possible & Bit(truth)) != 0 && (atom.seen & Bit(truth)) == 0;
        if (open) missing.missing.push_back(truth);
      }
      if (missing.missing.empty()) {
        ++report.atoms_seen;
      } else {
        gap.atoms.push_back(std::move(missing));
      }
    }
    if (!both || !gap.atoms.empty()) report.gaps.push_back(std::move(gap));
  }
  return report;
}

std::string Render(const CoverageGap& gap) {
  std::string place = gap.file + ":" + std::to_string(gap.at.line) + ":" +
                      std::to_string(gap.at.column) + ": " + gap.rule + ": ";
  std::string out;
  for (bool held : {true, false}) {
    if (held ? !gap.never_held : !gap.never_failed) continue;
    out += place + std::string(WhatNever(gap.effect, held)) + "\n";
  }
  for (const CoverageGap::Atom& atom : gap.atoms) {
    std::string truths;
    for (Truth truth : atom.missing) {
      truths += (truths.empty() ? "" : ", ") + std::string(ToString(truth));
    }
    std::string asked =
        atom.expected.empty() ? atom.name : atom.name + " " + atom.expected;
    out += place + asked + ": never seen " + truths + "\n";
  }
  return out;
}

std::string Summary(const CoverageReport& report) {
  return "coverage: " + std::to_string(report.rules_both_ways) + " of " +
         std::to_string(report.rules) + " rules both ways, " +
         std::to_string(report.atoms_seen) + " of " +
         std::to_string(report.atoms) + " atoms";
}

}  // namespace herald::policy
