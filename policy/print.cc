// SPDX-License-Identifier: Apache-2.0
#include "policy/print.h"

#include <optional>

#include "policy/parse.h"
#include "policy/print_flow.h"
#include "policy/print_rule.h"

namespace herald::policy {
namespace {

FlowMap PrintMap(const Notes::Map& notes) {
  FlowMap map;
  for (const auto& [key, value] : notes) map.Add(QuoteYaml(key), value);
  return map;
}

// The first lines of every object.
std::string Head(const char* kind, const Text& name,
                 const std::optional<std::string>& scope, const Notes& notes) {
  FlowMap metadata;
  metadata.Add("name", name.text);
  if (scope) metadata.Add("namespace", *scope);
  if (!notes.labels.empty()) metadata.Map("labels", PrintMap(notes.labels));
  if (!notes.annotations.empty()) {
    metadata.Map("annotations", PrintMap(notes.annotations));
  }
  return "apiVersion: " + std::string(kApiVersion) + "\nkind: " + kind +
         "\nmetadata: " + metadata.Take() + "\nspec:\n";
}

std::string PrintRules(const std::vector<Rule>& rules) {
  if (rules.empty()) return "  rules: []\n";
  std::string out = "  rules:\n";
  for (const Rule& rule : rules) out += PrintRule(rule);
  return out;
}

std::string PrintPolicy(const Policy& policy) {
  std::string out =
      Head(policy.cluster ? "ClusterRoutingPolicy" : "RoutingPolicy",
           policy.name, policy.scope, policy.notes);
  if (policy.mode == Mode::kShadow) out += "  mode: Shadow\n";
  if (policy.replaces) {
    out += "  replaces: " + QuoteYaml(policy.replaces->text) + "\n";
  }
  if (policy.enforcement == Enforcement::kObserve) {
    out += "  enforcement: Observe\n";
  }
  if (policy.until) out += "  until: " + policy.until->text.text + "\n";
  return out + PrintRules(policy.rules);
}

std::string PrintLabels(const LabelSchema& schema) {
  if (schema.labels.empty()) return "  labels: {}\n";
  std::string out = "  labels:\n";
  for (const LabelDeclaration& label : schema.labels) {
    FlowMap map;
    if (!label.controlled) map.Raw("controlled", "false");
    map.List("implies", label.implies).Maybe("mayAssert", label.may_assert);
    out += "    " + QuoteYaml(label.name.text) + ": " + map.Take() + "\n";
  }
  return out;
}

std::string PrintSchema(const LabelSchema& schema) {
  std::string out =
      Head("LabelSchema", schema.name, std::nullopt, schema.notes) +
      PrintLabels(schema);
  if (!schema.floors.empty()) out += "  floors:\n";
  for (const LabelFloor& floor : schema.floors) {
    FlowMap map;
    map.Maybe("callers", floor.callers)
        .Maybe("callees", floor.callees)
        .Maybe("skills", floor.skills)
        .Raw("labels", FlowList(floor.labels));
    out += "  - " + map.Take() + "\n";
  }
  if (!schema.endorsements.empty()) out += "  endorsements:\n";
  for (const EndorsementDeclaration& one : schema.endorsements) {
    FlowMap map;
    map.Raw("authorities", FlowList(one.authorities));
    out += "    " + QuoteYaml(one.name.text) + ": " + map.Take() + "\n";
  }
  if (schema.purposes) {
    out += "  purposes: " + FlowList(*schema.purposes) + "\n";
  }
  return out;
}

std::string PrintJurisdictions(const JurisdictionSet& jurisdictions) {
  std::string out = Head("JurisdictionSet", jurisdictions.name, std::nullopt,
                         jurisdictions.notes);
  if (!jurisdictions.source.empty()) {
    out += "  source: " + QuoteYaml(jurisdictions.source) + "\n";
  }
  if (jurisdictions.review_by) {
    out += "  reviewBy: " + jurisdictions.review_by->text + "\n";
  }
  out += jurisdictions.sets.empty() ? "  sets: {}\n" : "  sets:\n";
  for (const CountrySetDeclaration& set : jurisdictions.sets) {
    std::string value = FlowList(set.codes);
    if (!set.union_of.empty()) {
      FlowMap map;
      value = map.List("union", set.union_of).List("plus", set.codes).Take();
    }
    out += "    " + QuoteYaml(set.name.text) + ": " + value + "\n";
  }
  return out;
}

}  // namespace

std::string Print(const PolicySet& set) {
  std::string out;
  auto add = [&out](const std::string& object) {
    out += (out.empty() ? "" : "---\n") + object;
  };
  for (const JurisdictionSet& one : set.jurisdictions) {
    add(PrintJurisdictions(one));
  }
  for (const LabelSchema& one : set.schemas) add(PrintSchema(one));
  for (const Policy& one : set.policies) add(PrintPolicy(one));
  return out;
}

std::string Print(const Override& override) {
  std::string out =
      Head("Override", override.name, override.scope, override.notes);
  out += "  reason: " + QuoteYaml(override.reason) + "\n";
  out += "  from: " + override.from.text.text + "\n";
  out += "  until: " + override.until.text.text + "\n";
  if (!override.lifts.empty()) {
    out += "  lifts: " + FlowList(override.lifts) + "\n";
  }
  return override.rules.empty() ? out : out + PrintRules(override.rules);
}

}  // namespace herald::policy
