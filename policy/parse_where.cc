// SPDX-License-Identifier: Apache-2.0
#include "policy/parse_where.h"

#include <string>

namespace herald::policy {
namespace {

using yaml::MapReader;

// {in: [EEA, "NO"]}
OptionalTexts ParseIn(MapReader map, const std::string& what) {
  if (!map) return std::nullopt;
  OptionalTexts in = FilledTexts(map, "in");
  if (!in && map.Optional("in") == nullptr) {
    map.problems().Error(map.at(), "'" + what + "' needs 'in'",
                         what + ": {in: [...]}");
  }
  return in;
}

void ParseControl(MapReader map, NodeTest& test) {
  if (!map) return;
  test.control_only_in = FilledTexts(map, "onlyIn");
  test.control_not_only_in = FilledTexts(map, "notOnlyIn");
  test.control_any_of = FilledTexts(map, "anyOf");
  if (map.size() == 0) {
    map.problems().Error(map.at(),
                         "'operatorControl' needs onlyIn, notOnlyIn or anyOf");
  }
}

std::optional<std::vector<Tier>> ParseTiers(MapReader& map) {
  const yaml::Node* node = map.Optional("tiers");
  if (node == nullptr) return std::nullopt;
  std::vector<Tier> tiers;
  for (const yaml::Node& item : map.List("tiers")) {
    std::optional<Tier> tier =
        yaml::ReadEnum<Tier>(item, map.problems(), "a tier", kTierChoices);
    if (tier) tiers.push_back(*tier);
  }
  if (node->kind == yaml::Kind::kList && node->items.empty()) {
    map.problems().Error(*node, "'tiers' is an empty list",
                         "leave the key out to ask nothing");
  }
  return tiers;
}

std::optional<NodeTest> ParseNodeTest(MapReader map, std::string_view name) {
  if (!map) return std::nullopt;
  NodeTest test;
  test.at = map.at();
  test.countries_in = ParseIn(map.Map("countries"), "countries");
  ParseControl(map.Map("operatorControl"), test);
  test.tiers = ParseTiers(map);
  if (MapReader assurance = map.Map("assurance")) {
    assurance.Required("allOf");
    test.assurance_all_of = FilledTexts(assurance, "allOf");
  }
  if (MapReader attestation = map.Map("attestation")) {
    attestation.Required("min");
    test.attestation_min =
        attestation.Enum<Attestation>("min", kAttestationChoices);
  }
  if (map.size() == 0) {
    map.problems().Error(test.at, "'" + std::string(name) + "' asks nothing",
                         "name a fact (countries, operatorControl, tiers, "
                         "assurance, attestation) or leave it out");
  }
  return test;
}

void ParseCrypto(MapReader map, Effect effect, Where& where) {
  if (!map) return;
  if (const yaml::Node* node = map.Optional("endToEnd")) {
    std::optional<bool> value = map.Bool("endToEnd");
    if (value == false) {
      map.problems().Error(*node, "'endToEnd' can only be required true",
                           "leave it out to ask nothing");
    } else if (value && effect != Effect::kPermit) {
      map.problems().Error(
          *node, "only a Permit can ask for 'endToEnd'",
          "a further relay must never lift a rule that forbids or obliges");
    }
    where.end_to_end = value.value_or(false);
  }
  where.keys_held_in = ParseIn(map.Map("keysHeldIn"), "keysHeldIn");
  if (map.size() == 0) {
    map.problems().Error(map.at(), "'crypto' asks nothing");
  }
}

// A Permit asks of all nodes, a Forbid of any: so a further node can only take
// away.
void RefuseQuantifier(MapReader& map, std::string_view key, Effect effect,
                      std::string_view instead) {
  if (const yaml::Node* node = map.Optional(key)) {
    std::string rule = effect == Effect::kPermit   ? "a Permit"
                       : effect == Effect::kForbid ? "a Forbid"
                                                   : "an Oblige rule";
    map.problems().Error(*node, rule + " cannot use '" + std::string(key) + "'",
                         "write '" + std::string(instead) + "'");
  }
}

}  // namespace

std::optional<Where> ParseWhere(MapReader& rule, Effect effect) {
  MapReader map = rule.Map("where");
  if (!map) return std::nullopt;
  Where where;
  where.at = map.at();
  if (effect == Effect::kPermit) {
    where.process = ParseNodeTest(map.Map("process"), "process");
    where.transit = ParseNodeTest(map.Map("transit"), "transit");
    RefuseQuantifier(map, "anyNode", effect, "process");
    RefuseQuantifier(map, "anyProcess", effect, "process");
  } else {
    where.any_node = ParseNodeTest(map.Map("anyNode"), "anyNode");
    where.any_process = ParseNodeTest(map.Map("anyProcess"), "anyProcess");
    RefuseQuantifier(map, "process", effect, "anyProcess");
    RefuseQuantifier(map, "transit", effect, "anyNode");
  }
  ParseCrypto(map.Map("crypto"), effect, where);
  return where;
}

}  // namespace herald::policy
