// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/yaml/scalar.h"
#include "policy/claims.h"
#include "policy/evaluate.h"
#include "policy/found.h"
#include "policy/judge.h"

namespace herald::policy {
namespace {

// Writes down what the walk says. The call's labels are shown as judged.
class Reporter final : public Listener {
 public:
  Reporter(const Call& call, const Path& path,
           const std::vector<std::string>& labels)
      : call_(call), path_(path) {
    call_.labels = labels;
  }

  void OnAtom(const CompiledRule&, const Atom& atom, Truth truth,
              int node) override {
    atoms_.push_back(AtomReport{atom.name, atom.expected,
                                FoundFor(atom, call_, path_, node), truth});
  }
  void OnRule(const CompiledRule& rule, Truth truth) override {
    rules_.push_back(RuleReport{rule.name, rule.effect, rule.shadow,
                                rule.covers, truth, "",
                                std::exchange(atoms_, {})});
  }
  void OnLifted(const CompiledRule&, std::string_view override) override {
    rules_.back().lifted_by = override;
  }

  std::vector<RuleReport> TakeRules() { return std::move(rules_); }

 private:
  Call call_;
  const Path& path_;
  std::vector<AtomReport> atoms_;
  std::vector<RuleReport> rules_;
};

// How the call came to each label that it is judged by.
std::vector<LabelReport> LabelsOf(const Program& program, const Call& call) {
  using Why = LabelReport::Why;
  std::vector<LabelReport> reports;
  std::vector<std::string> borne = WithFloors(program, call);
  if (borne.empty()) borne.emplace_back(kUnlabelled);
  LabelBits bits = 0;
  for (size_t i = 0; i < borne.size(); ++i) {
    Why why = i < call.labels.size()    ? Why::kSaid
              : borne[i] != kUnlabelled ? Why::kFloor
              : call.labels.empty()     ? Why::kNothingSaid
                                        : Why::kNotAsserted;
    reports.push_back({borne[i], why});
    std::optional<int> label = program.labels().Find(borne[i]);
    if (label) bits |= LabelBit(*label);
  }
  LabelBits implied = program.labels().Closure(bits) & ~bits;
  for (; implied != 0; implied &= implied - 1) {
    reports.push_back(
        {program.labels().name(std::countr_zero(implied)), Why::kImplied});
  }
  return reports;
}

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

// The deciding rule of that name. Policies of several namespaces may bear one
// name: the rule that keeps the call from going is the one that is meant.
const RuleReport* FindRefusing(const std::vector<RuleReport>& rules,
                               std::string_view name) {
  for (const RuleReport& rule : rules) {
    bool refuses = rule.effect == Effect::kPermit
                       ? rule.first_failing() != nullptr
                       : rule.fires();
    if (refuses && !rule.shadow && rule.rule == name) return &rule;
  }
  return nullptr;
}

void RenderRule(const RuleReport& rule, std::string& out) {
  out += "  " + std::string(ToString(rule.effect)) + " " + rule.rule;
  if (rule.shadow) out += " (shadow)";
  if (!rule.lifted_by.empty()) out += " (lifted by " + rule.lifted_by + ")";
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

// Only where they are not just what was said.
void RenderLabels(const std::vector<LabelReport>& labels, std::string& out) {
  bool plain = true;
  std::vector<std::string> shown;
  for (const LabelReport& label : labels) {
    plain &= label.why == LabelReport::Why::kSaid;
    shown.push_back(label.name + " (" + std::string(ToString(label.why)) + ")");
  }
  if (!plain) out += "  labels: " + Join(shown) + "\n";
}

}  // namespace

bool RuleReport::fires() const {
  return effect == Effect::kPermit || effect == Effect::kPrefer
             ? truth == Truth::kTrue
             : truth != Truth::kFalse && lifted_by.empty();
}

const AtomReport* RuleReport::first_failing() const {
  for (const AtomReport& atom : atoms) {
    if (atom.truth != Truth::kTrue) return &atom;
  }
  return nullptr;
}

Explanation Explain(const Program& program, const Call& call,
                    const Path& path) {
  Explanation explanation;
  explanation.labels = LabelsOf(program, call);
  std::vector<std::string> labels;
  for (const LabelReport& one : explanation.labels) labels.push_back(one.name);
  Reporter reporter(call, path, labels);
  Decision decision = Judge(program, call, path, Extent::kEnforced, &reporter);
  explanation.verdict = decision.verdict;
  explanation.code = decision.code;
  explanation.observed = decision.observed;
  explanation.overrides.assign(decision.overrides.begin(),
                               decision.overrides.end());
  explanation.reason = std::move(decision.reason);
  explanation.deciding.assign(decision.rules.begin(), decision.rules.end());
  explanation.unpermitted = std::move(decision.unpermitted);
  explanation.obligations = std::move(decision.obligations);
  explanation.rules = reporter.TakeRules();
  if (program.has_shadow()) {
    Reporter shadow(call, path, labels);
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
  if (explanation.observed) {
    out += " (only observed: it would be refused)";
  }
  if (!explanation.reason.empty()) out += ": " + explanation.reason;
  if (!explanation.unpermitted.empty()) {
    out += ": no rule permits " + Join(explanation.unpermitted) + " here";
  }
  out += "\n";
  if (!explanation.overrides.empty()) {
    out += "  by the Override " + Join(explanation.overrides) + "\n";
  }
  if (explanation.verdict == Verdict::kPermit &&
      !(explanation.obligations == Obligations{})) {
    out += "  with " + ToString(explanation.obligations) + "\n";
  }
  RenderLabels(explanation.labels, out);
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
  bool refused = explanation.verdict == Verdict::kDeny || explanation.observed;
  if (!refused) return failed;
  for (const std::string& name : explanation.deciding) {
    const RuleReport* rule = FindRefusing(explanation.rules, name);
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

std::string_view ToString(LabelReport::Why why) {
  switch (why) {
    case LabelReport::Why::kSaid:
      return "said";
    case LabelReport::Why::kFloor:
      return "by a floor";
    case LabelReport::Why::kImplied:
      return "implied";
    case LabelReport::Why::kNothingSaid:
      return "no label is said";
    case LabelReport::Why::kNotAsserted:
      return "its caller may not assert what it says";
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
