// SPDX-License-Identifier: Apache-2.0
#include "policy/parse_rule.h"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/countries.h"
#include "policy/parse_where.h"

namespace herald::policy {
namespace {

using yaml::Choice;
using yaml::MapReader;
using yaml::Problems;
using Audit = Obligations::Audit;

constexpr std::array<Choice<Effect>, 4> kEffects = {
    Choice<Effect>{"Permit", Effect::kPermit},
    {"Forbid", Effect::kForbid},
    {"Oblige", Effect::kOblige},
    {"Prefer", Effect::kPrefer}};
constexpr std::array<Choice<Audit>, 2> kAudits = {
    Choice<Audit>{"digest", Audit::kDigest}, {"full", Audit::kFull}};
constexpr std::array<Choice<OnChange>, 2> kOnChanges = {
    Choice<OnChange>{"cut", OnChange::kCut}, {"finish", OnChange::kFinish}};
constexpr std::array<Choice<bool>, 1> kEncrypt = {
    Choice<bool>{"endToEnd", true}};

constexpr size_t kMaxName = 63;  // a DNS label, as Kubernetes names are

// {anyOf: [...], allOf: [...]}, at least one of them.
void ReadAnyAll(MapReader map, OptionalTexts& any_of, OptionalTexts& all_of) {
  if (!map) return;
  any_of = FilledTexts(map, "anyOf");
  all_of = FilledTexts(map, "allOf");
  if (map.size() == 0) {
    map.problems().Error(map.at(), "anyOf or allOf is needed here");
  }
}

// Grammar keeps the laws: a Permit on a positive label test would be lost by
// adding a label, a Forbid on an endorsement would be lifted by removing it.
When ParseWhen(MapReader& rule, Effect effect) {
  When when;
  MapReader map = rule.Map("when");
  if (!map) return when;
  Problems& problems = map.problems();
  when.callers = FilledTexts(map, "callers");
  when.callees = FilledTexts(map, "callees");
  when.skills = FilledTexts(map, "skills");
  when.purposes = FilledTexts(map, "purposes");
  when.legal_basis = FilledTexts(map, "legalBasis");
  const yaml::Node* labels = map.Optional("labels");
  if (labels != nullptr && effect == Effect::kPermit) {
    problems.Error(*labels, "a Permit does not test labels",
                   "say which labels it covers: covers: [...]");
  } else {
    ReadAnyAll(map.Map("labels"), when.labels_any_of, when.labels_all_of);
  }
  const yaml::Node* endorsements = map.Optional("endorsements");
  if (endorsements != nullptr &&
      (effect == Effect::kForbid || effect == Effect::kOblige)) {
    problems.Error(*endorsements, "an endorsement can only lift this rule",
                   "write unlessEndorsed: [...] beside 'when'");
  } else {
    ReadAnyAll(map.Map("endorsements"), when.endorsements_any_of,
               when.endorsements_all_of);
  }
  return when;
}

void ReadNames(MapReader& map, std::string_view key,
               std::vector<std::string>& into) {
  std::optional<std::string> name = map.String(key);
  if (name) into.push_back(std::move(*name));
}

Obligations ParseObligations(MapReader& rule) {
  Obligations joined;
  for (const yaml::Node& item : rule.List("obligations")) {
    MapReader map(item, rule.problems(), "an obligation");
    Obligations one;
    one.audit = map.Enum<Audit>("audit", kAudits).value_or(Audit::kNone);
    one.encrypt_end_to_end =
        map.Enum<bool>("encrypt", kEncrypt).value_or(false);
    one.retain = map.Duration("retain");
    ReadNames(map, "meter", one.meters);
    ReadNames(map, "redact", one.redact);
    ReadNames(map, "notify", one.notify);
    if (map && item.entries.empty()) {
      rule.problems().Error(item, "an obligation that obliges to nothing");
    }
    joined.Join(one);
  }
  return joined;
}

void ParseTierHandicaps(MapReader& prefer, PreferKeys& keys) {
  for (const yaml::Node& item : prefer.List("tiers")) {
    MapReader map(item, prefer.problems(), "a tier");
    map.Required("tier");
    map.Required("handicap");
    std::optional<Tier> tier = map.Enum<Tier>("tier", kTierChoices);
    std::optional<Duration> handicap = map.Duration("handicap");
    if (!tier || !handicap) continue;
    for (const auto& seen : keys.tiers) {
      if (seen.tier != *tier) continue;
      prefer.problems().Error(
          item, "tier " + std::string(ToString(*tier)) + " stands here twice");
    }
    keys.tiers.push_back({*tier, *handicap});
  }
}

void ParseNear(MapReader map, PreferKeys& keys) {
  if (!map) return;
  PreferKeys::Near near;
  if (auto code = map.String("country")) {
    near.country = Country::Parse(*code);
    if (!near.country || !IsAssigned(*near.country)) {
      map.problems().Error(map.at(), "'" + *code + "' is no country code");
    }
  }
  near.operator_name = map.String("operator");
  if (!near.country && !near.operator_name) {
    map.problems().Error(map.at(), "near what?",
                         "as in {country: DE, bonus: 20ms}, or with operator");
  }
  map.Required("bonus");
  near.bonus = map.Duration("bonus").value_or(Duration::zero());
  keys.near = std::move(near);
}

void ParseWeights(MapReader& prefer, PreferKeys& keys) {
  const yaml::Node* node = prefer.Optional("weights");
  if (node == nullptr) return;
  uint64_t sum = 0;
  for (const yaml::Node& item : prefer.List("weights")) {
    MapReader map(item, prefer.problems(), "a weight");
    map.Required("peers");
    map.Required("weight");
    PreferKeys::Weight one;
    one.peers = FilledTexts(map, "peers").value_or(Texts{});
    one.weight = static_cast<uint32_t>(
        map.Int("weight", {.min = 0, .max = 1'000'000}).value_or(0));
    sum += one.weight;
    keys.weights.push_back(std::move(one));
  }
  if (keys.weights.size() > PreferKeys::kMostWeights) {
    prefer.problems().Error(
        *node, "more than " + std::to_string(PreferKeys::kMostWeights) +
                   " classes of peers");
  }
  if (sum == 0) {
    prefer.problems().Error(*node, "one weight at least is more than 0",
                            "as in [{peers: [\"gpt-*\"], weight: 90}]");
  }
}

void ParsePrefer(MapReader& rule, PreferKeys& keys) {
  MapReader map = rule.RequiredMap("prefer");
  if (!map) return;
  ParseTierHandicaps(map, keys);
  keys.max_rtt = map.Duration("maxRtt");
  keys.max_predicted_ttfb = map.Duration("maxPredictedTtfb");
  if (MapReader affinity = map.Map("affinity")) {
    PreferKeys::Affinity value;
    value.key = affinity.String("key").value_or("");
    value.bonus = affinity.Duration("bonus").value_or(Duration::zero());
    value.idle = affinity.Duration("idle").value_or(Duration::zero());
    keys.affinity = std::move(value);
  }
  if (MapReader cost = map.Map("cost")) {
    keys.cost = PreferKeys::Cost{cost.Number("ceilingPerGiB"),
                                 cost.Number("msPerCent")};
  }
  ParseNear(map.Map("near"), keys);
  ParseWeights(map, keys);
}

void ParseBody(MapReader& map, Rule& rule) {
  rule.when = ParseWhen(map, rule.effect);
  if (rule.effect == Effect::kPrefer) {
    ParsePrefer(map, rule.prefer);
    return;
  }
  rule.where = ParseWhere(map, rule.effect);
  if (rule.effect != Effect::kForbid) rule.obligations = ParseObligations(map);
  if (rule.effect == Effect::kPermit) {
    map.Required("covers");
    rule.covers = FilledTexts(map, "covers").value_or(Texts{});
    return;
  }
  rule.unless_endorsed = FilledTexts(map, "unlessEndorsed").value_or(Texts{});
  if (rule.effect == Effect::kForbid) {
    rule.on_change =
        map.Enum<OnChange>("onChange", kOnChanges).value_or(OnChange::kCut);
  }
  if (rule.effect == Effect::kOblige && rule.obligations == Obligations{}) {
    map.problems().Error(map.at(), "an Oblige rule needs 'obligations'");
  }
}

Text ReadId(MapReader& rule) {
  const yaml::Node* node = rule.Required("id");
  Text id{rule.String("id").value_or(""),
          node != nullptr ? node->at : rule.at()};
  CheckName(id, false, rule.problems(), "the rule id");
  return id;
}

}  // namespace

OptionalTexts FilledTexts(MapReader& map, std::string_view key) {
  const yaml::Node* node = map.Optional(key);
  OptionalTexts texts = map.Texts(key);
  if (texts && node->items.empty()) {
    map.problems().Error(*node, "'" + std::string(key) + "' is an empty list",
                         "leave the key out to ask nothing");
  }
  return texts;
}

void CheckName(const Text& name, bool loose, Problems& problems,
               std::string_view what) {
  auto fits = [loose](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           (loose && (c == ':' || c == '/'));
  };
  if (name.text.empty()) return;  // reported where it was read
  if (name.text.size() <= kMaxName &&
      std::all_of(name.text.begin(), name.text.end(), fits)) {
    return;
  }
  problems.Error(name.at, std::string(what) + " '" + name.text.substr(0, 80) +
                              "' may have up to 63 letters, digits and ._-" +
                              (loose ? ":/" : ""));
}

Rule ParseRule(const yaml::Node& node, Problems& problems) {
  Rule rule;
  MapReader map(node, problems, "a rule");
  if (!map) return rule;
  rule.id = ReadId(map);
  if (map.Required("effect") == nullptr) {
    map.IgnoreRest();
    return rule;
  }
  std::optional<Effect> effect = map.Enum<Effect>("effect", kEffects);
  if (!effect) {
    map.IgnoreRest();
    return rule;
  }
  rule.effect = *effect;
  ParseBody(map, rule);
  return rule;
}

Rule ParsePermit(const yaml::Node& node, Problems& problems) {
  Rule rule;
  rule.effect = Effect::kPermit;
  MapReader map(node, problems, "a rule");
  if (!map) return rule;
  rule.id = ReadId(map);
  const yaml::Node* effect = map.Optional("effect");
  if (effect != nullptr && effect->text != "Permit") {
    problems.Error(*effect, "the rules of an Override are Permits",
                   "a new Forbid needs no haste: write it into a policy");
    map.IgnoreRest();
    return rule;
  }
  ParseBody(map, rule);
  return rule;
}

}  // namespace herald::policy
