// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <algorithm>
#include <utility>

#include "core/yaml/scalar.h"
#include "policy/evaluate.h"
#include "policy/found.h"
#include "policy/judge.h"

namespace herald::policy {
namespace {

// Writes down what the walk says.
class Reporter final : public Listener {
 public:
  Reporter(const Call& call, const Path& path) : call_(call), path_(path) {}

  void OnAtom(const CompiledRule&, const Atom& atom, Truth truth,
              int node) override {
    atoms_.push_back(AtomReport{atom.name, atom.expected,
                                FoundFor(atom, call_, path_, node), truth});
  }
  void OnRule(const CompiledRule& rule, Truth truth) override {
    rules_.push_back(RuleReport{rule.name, rule.effect, rule.shadow,
                                rule.covers, truth, std::exchange(atoms_, {})});
  }

  std::vector<RuleReport> TakeRules() { return std::move(rules_); }

 private:
  const Call& call_;
  const Path& path_;
  std::vector<AtomReport> atoms_;
  std::vector<RuleReport> rules_;
};

std::string Join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

std::string Line(const AtomReport& atom) {
  std::string line = atom.name + " " + atom.expected;
  if (!atom.found.empty()) line += ", found " + atom.found;
  return line;
}

const RuleReport* FindRule(const std::vector<RuleReport>& rules,
                           std::string_view name) {
  for (const RuleReport& rule : rules) {
    if (rule.rule == name) return &rule;
  }
  return nullptr;
}

void RenderRule(const RuleReport& rule, std::string& out) {
  out += "  " + std::string(ToString(rule.effect)) + " " + rule.rule;
  if (rule.shadow) out += " (shadow)";
  bool permit = rule.effect == Effect::kPermit;
  out += rule.fires() ? (permit ? ": matches\n" : ": fires\n")
                      : (permit ? ": does not match\n" : ": does not fire\n");
  const AtomReport* first = rule.first_failing();
  for (const AtomReport& atom : rule.atoms) {
    std::string truth(ToString(atom.truth));
    truth.resize(8, ' ');
    out += "    " + truth + Line(atom);
    out += permit && first == &atom ? "   <- first that fails\n" : "\n";
  }
}

}  // namespace

bool RuleReport::fires() const {
  return effect == Effect::kPermit || effect == Effect::kPrefer
             ? truth == Truth::kTrue
             : truth != Truth::kFalse;
}

const AtomReport* RuleReport::first_failing() const {
  for (const AtomReport& atom : atoms) {
    if (atom.truth != Truth::kTrue) return &atom;
  }
  return nullptr;
}

Explanation Explain(const Program& program, const Call& call,
                    const Path& path) {
  Reporter reporter(call, path);
  Decision decision = Judge(program, call, path, Extent::kEnforced, &reporter);
  Explanation explanation;
  explanation.verdict = decision.verdict;
  explanation.reason = std::move(decision.reason);
  explanation.deciding.assign(decision.rules.begin(), decision.rules.end());
  explanation.unpermitted = std::move(decision.unpermitted);
  explanation.obligations = std::move(decision.obligations);
  explanation.rules = reporter.TakeRules();
  if (program.has_shadow()) {
    Reporter shadow(call, path);
    explanation.with_shadow =
        Judge(program, call, path, Extent::kWithShadow, &shadow).verdict;
    for (RuleReport& rule : shadow.TakeRules()) {
      if (rule.shadow) explanation.rules.push_back(std::move(rule));
    }
  }
  return explanation;
}

std::string Render(const Explanation& explanation) {
  std::string out(ToString(explanation.verdict));
  if (!explanation.reason.empty()) out += ": " + explanation.reason;
  if (!explanation.unpermitted.empty()) {
    out += ": no rule permits " + Join(explanation.unpermitted) + " here";
  }
  out += "\n";
  if (explanation.verdict == Verdict::kPermit &&
      !(explanation.obligations == Obligations{})) {
    out += "  with " + ToString(explanation.obligations) + "\n";
  }
  for (const RuleReport& rule : explanation.rules) RenderRule(rule, out);
  if (explanation.with_shadow &&
      *explanation.with_shadow != explanation.verdict) {
    out += "  with the shadow policies: " +
           std::string(ToString(*explanation.with_shadow)) + "\n";
  }
  return out;
}

std::vector<std::string> FailedAtoms(const Program& program, const Call& call,
                                     const Path& path) {
  std::vector<std::string> failed;
  Explanation explanation = Explain(program, call, path);
  if (explanation.verdict == Verdict::kPermit) return failed;
  for (const std::string& name : explanation.deciding) {
    const RuleReport* rule = FindRule(explanation.rules, name);
    if (rule == nullptr) continue;
    if (rule->effect != Effect::kPermit) {
      std::string what =
          rule->effect == Effect::kForbid ? "forbids this" : explanation.reason;
      failed.push_back(name + ": " + what);
      continue;
    }
    for (const AtomReport& atom : rule->atoms) {
      if (atom.truth != Truth::kTrue) {
        failed.push_back(name + ": " + Line(atom));
      }
    }
  }
  if (failed.empty() && !explanation.reason.empty()) {
    failed.push_back(explanation.reason);
  }
  for (const std::string& label : explanation.unpermitted) {
    std::optional<int> bit = program.labels().Find(label);
    bool covered =
        bit && std::any_of(explanation.rules.begin(), explanation.rules.end(),
                           [&](const RuleReport& rule) {
                             return !rule.shadow &&
                                    (rule.covers & LabelBit(*bit)) != 0;
                           });
    if (!covered) failed.push_back("no rule permits '" + label + "'");
  }
  return failed;
}

std::optional<NearestCandidate> NearestOf(
    const Program& program, const Call& call,
    std::span<const Candidate> candidates) {
  std::optional<NearestCandidate> nearest;
  for (const Candidate& candidate : candidates) {
    std::vector<std::string> failed =
        FailedAtoms(program, call, candidate.path);
    if (!nearest || failed.size() < nearest->failed.size()) {
      nearest = {std::string(candidate.peer), std::move(failed)};
    }
  }
  return nearest;
}

std::string_view ToString(Effect effect) {
  switch (effect) {
    case Effect::kPermit:
      return "Permit";
    case Effect::kForbid:
      return "Forbid";
    case Effect::kOblige:
      return "Oblige";
    case Effect::kPrefer:
      return "Prefer";
  }
  return "";
}

std::string ToString(const Obligations& obligations) {
  std::vector<std::string> parts;
  using Audit = Obligations::Audit;
  if (obligations.audit == Audit::kDigest) parts.push_back("audit: digest");
  if (obligations.audit == Audit::kFull) parts.push_back("audit: full");
  if (obligations.encrypt_end_to_end) parts.push_back("encrypt: endToEnd");
  if (obligations.retain) {
    parts.push_back("retain: " + yaml::ToString(*obligations.retain));
  }
  auto add = [&](const char* key, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      parts.push_back(std::string(key) + ": " + value);
    }
  };
  add("meter", obligations.meters);
  add("redact", obligations.redact);
  add("notify", obligations.notify);
  return Join(parts);
}

}  // namespace herald::policy
