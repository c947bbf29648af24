// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_json.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/json/json.h"
#include "core/yaml/scalar.h"
#include "policy/print_case.h"

namespace herald::cli {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::View;

Array Texts(const std::vector<std::string>& texts) {
  Array array;
  for (const std::string& text : texts) array.emplace_back(View(text));
  return array;
}

Value Text(std::string_view text) { return Value(View(text)); }

// The form of a PolicyTest's `obligations`.
Object ObligationsToJson(const policy::Obligations& obligations) {
  using Audit = policy::Obligations::Audit;
  Object object;
  if (obligations.audit == Audit::kDigest) object["audit"] = "digest";
  if (obligations.audit == Audit::kFull) object["audit"] = "full";
  if (obligations.encrypt_end_to_end) object["encrypt"] = "endToEnd";
  if (obligations.retain) {
    object["retain"] = Text(yaml::ToString(*obligations.retain));
  }
  auto add = [&](const char* key, const std::vector<std::string>& values) {
    if (values.size() == 1) {
      object[key] = Text(values[0]);
    } else if (!values.empty()) {
      object[key] = Texts(values);
    }
  };
  add("meter", obligations.meters);
  add("redact", obligations.redact);
  add("notify", obligations.notify);
  return object;
}

Value VerdictOrNull(const std::optional<policy::Verdict>& verdict) {
  return verdict ? Text(policy::ToString(*verdict)) : Value(nullptr);
}

Object RuleToJson(const policy::RuleReport& rule) {
  Array atoms;
  for (const policy::AtomReport& atom : rule.atoms) {
    atoms.push_back(Object{{"name", Text(atom.name)},
                           {"expected", Text(atom.expected)},
                           {"found", Text(atom.found)},
                           {"truth", Text(policy::ToString(atom.truth))}});
  }
  return Object{{"rule", Text(rule.rule)},
                {"effect", Text(policy::ToString(rule.effect))},
                {"shadow", rule.shadow},
                {"truth", Text(policy::ToString(rule.truth))},
                {"fires", rule.fires()},
                {"atoms", std::move(atoms)}};
}

Object PeerToJson(const PeerExplanation& peer) {
  const policy::Explanation& explanation = peer.explanation;
  Array rules;
  for (const policy::RuleReport& rule : explanation.rules) {
    rules.push_back(RuleToJson(rule));
  }
  return Object{{"peer", Text(peer.peer)},
                {"verdict", Text(policy::ToString(explanation.verdict))},
                {"reason", Text(explanation.reason)},
                {"rules", Texts(explanation.deciding)},
                {"unpermitted", Texts(explanation.unpermitted)},
                {"obligations", ObligationsToJson(explanation.obligations)},
                {"shadow", VerdictOrNull(explanation.with_shadow)},
                {"explained", std::move(rules)}};
}

}  // namespace

std::string CheckToJson(const Issues& issues, const std::string& hash) {
  Array array;
  for (const Issue& issue : issues) {
    bool error = issue.severity == Issue::Severity::kError;
    array.push_back(Object{{"severity", error ? "error" : "warning"},
                           {"file", Text(issue.file)},
                           {"line", issue.at.line},
                           {"column", issue.at.column},
                           {"text", Text(issue.text)},
                           {"hint", Text(issue.hint)}});
  }
  return json::Serialize(Object{{"fine", !HasErrors(issues)},
                                {"hash", Text(hash)},
                                {"issues", std::move(array)}});
}

std::string FindingToJson(const policy::Finding& finding) {
  return json::Serialize(Object{{"kind", Text(finding.kind)},
                                {"file", Text(finding.file)},
                                {"line", finding.at.line},
                                {"column", finding.at.column},
                                {"rule", Text(finding.rule)},
                                {"text", Text(finding.text)},
                                {"hint", Text(finding.hint)}});
}

std::string ErrorToJson(const Issue& issue) {
  return FindingToJson(
      {"error", issue.file, issue.at, "", issue.text, issue.hint, ""});
}

std::string CaseToJson(const std::string& file,
                       const policy::CaseResult& result) {
  return json::Serialize(
      Object{{"file", Text(file)},
             {"name", Text(result.name)},
             {"passed", result.passed},
             {"verdict", Text(policy::ToString(result.verdict))},
             {"rules", Texts(result.rules)},
             {"obligations", ObligationsToJson(result.obligations)},
             {"shadow", VerdictOrNull(result.shadow)},
             {"differences", Texts(result.differences)}});
}

std::string CoverageToJson(const policy::CoverageReport& report) {
  Array gaps;
  for (const policy::CoverageGap& gap : report.gaps) {
    Array atoms;
    for (const policy::CoverageGap::Atom& atom : gap.atoms) {
      Array missing;
      for (policy::Truth truth : atom.missing) {
        missing.push_back(Text(policy::ToString(truth)));
      }
      atoms.push_back(Object{{"name", Text(atom.name)},
                             {"expected", Text(atom.expected)},
                             {"missing", std::move(missing)}});
    }
    gaps.push_back(Object{{"file", Text(gap.file)},
                          {"line", gap.at.line},
                          {"column", gap.at.column},
                          {"rule", Text(gap.rule)},
                          {"neverHeld", gap.never_held},
                          {"neverFailed", gap.never_failed},
                          {"atoms", std::move(atoms)}});
  }
  return json::Serialize(
      Object{{"coverage", Object{{"rules", report.rules},
                                 {"rulesBothWays", report.rules_both_ways},
                                 {"atoms", report.atoms},
                                 {"atomsSeen", report.atoms_seen},
                                 {"gaps", std::move(gaps)}}}});
}

std::string FlipToJson(const policy::Flip& flip) {
  return json::Serialize(
      Object{{"now", Text(policy::ToString(flip.now))},
             {"classes", flip.classes},
             {"deniedBy", Texts(flip.denied_by)},
             {"unpermitted", Texts(flip.unpermitted)},
             {"reason", Text(flip.reason)},
             {"permittedBy", Texts(flip.permitted_by)},
             {"witness", Text(policy::PrintCase(flip.witness, ""))}});
}

std::string DiffToJson(const policy::PolicyDiff& diff,
                       const LoggedFlips* logged) {
  Object object{{"newlyPermitted", diff.newly_permitted},
                {"newlyDenied", diff.newly_denied},
                {"calls", diff.calls},
                {"paths", diff.paths},
                {"bounds", Texts(diff.bounds)}};
  if (logged != nullptr) {
    object["log"] = Object{{"decisions", logged->decisions},
                           {"newlyPermitted", Texts(logged->newly_permitted)},
                           {"newlyDenied", Texts(logged->newly_denied)}};
  }
  return json::Serialize(object);
}

std::string ExplanationToJson(
    const policy::Call& call, const std::vector<PeerExplanation>& peers,
    const std::optional<policy::NearestCandidate>& nearest) {
  bool some = std::any_of(peers.begin(), peers.end(), [](const auto& peer) {
    return peer.explanation.verdict == policy::Verdict::kPermit;
  });
  Array candidates;
  for (const PeerExplanation& peer : peers) {
    candidates.push_back(PeerToJson(peer));
  }
  Object object{{"agent", Text(call.callee)},
                {"verdict", some ? "Permit" : "Deny"},
                {"candidates", std::move(candidates)},
                {"nearest", nullptr}};
  if (nearest) {
    object["nearest"] = Object{{"peer", Text(nearest->peer)},
                               {"failed", Texts(nearest->failed)}};
  }
  return json::Serialize(object);
}

}  // namespace herald::cli
