// SPDX-License-Identifier: Apache-2.0
#include "policy/print_rule.h"

#include <charconv>

#include "core/yaml/scalar.h"
#include "policy/explain.h"
#include "policy/print.h"
#include "policy/print_flow.h"

namespace herald::policy {
namespace {

constexpr char kIndent[] = "    ";

std::string Line(const char* key, const std::string& value) {
  return kIndent + std::string(key) + ": " + value + "\n";
}

FlowMap PrintAnyAll(const OptionalTexts& any_of, const OptionalTexts& all_of) {
  FlowMap map;
  map.Maybe("anyOf", any_of).Maybe("allOf", all_of);
  return map;
}

FlowMap PrintWhen(const When& when) {
  FlowMap map;
  map.Maybe("callers", when.callers)
      .Maybe("callees", when.callees)
      .Maybe("skills", when.skills)
      .Maybe("purposes", when.purposes)
      .Maybe("legalBasis", when.legal_basis);
  FlowMap endorsements =
      PrintAnyAll(when.endorsements_any_of, when.endorsements_all_of);
  if (!endorsements.empty()) map.Map("endorsements", endorsements);
  FlowMap labels = PrintAnyAll(when.labels_any_of, when.labels_all_of);
  if (!labels.empty()) map.Map("labels", labels);
  return map;
}

FlowMap PrintIn(const OptionalTexts& texts) {
  FlowMap map;
  map.Maybe("in", texts);
  return map;
}

FlowMap PrintNodeTest(const NodeTest& test) {
  FlowMap map;
  if (test.countries_in) map.Map("countries", PrintIn(test.countries_in));
  FlowMap control;
  control.Maybe("onlyIn", test.control_only_in)
      .Maybe("notOnlyIn", test.control_not_only_in)
      .Maybe("anyOf", test.control_any_of);
  if (!control.empty()) map.Map("operatorControl", control);
  if (test.tiers) {
    std::vector<std::string> tiers;
    for (Tier tier : *test.tiers) tiers.emplace_back(ToString(tier));
    map.Add("tiers", tiers);
  }
  if (test.assurance_all_of) {
    FlowMap assurance;
    map.Map("assurance", assurance.Maybe("allOf", test.assurance_all_of));
  }
  if (test.attestation_min) {
    FlowMap attestation;
    map.Map("attestation",
            attestation.Add("min", ToString(*test.attestation_min)));
  }
  return map;
}

std::string PrintWhere(const Where& where) {
  std::string lines;
  auto add = [&](const char* key, const FlowMap& map) {
    lines += std::string("      ") + key + ": " + map.Take() + "\n";
  };
  if (where.process) add("process", PrintNodeTest(*where.process));
  if (where.transit) add("transit", PrintNodeTest(*where.transit));
  if (where.any_node) add("anyNode", PrintNodeTest(*where.any_node));
  if (where.any_process) add("anyProcess", PrintNodeTest(*where.any_process));
  FlowMap crypto;
  if (where.end_to_end) crypto.Raw("endToEnd", "true");
  if (where.keys_held_in) {
    crypto.Map("keysHeldIn", PrintIn(where.keys_held_in));
  }
  if (!crypto.empty()) add("crypto", crypto);
  if (lines.empty()) return Line("where", "{}");
  return std::string(kIndent) + "where:\n" + lines;
}

std::string PrintObligations(const Obligations& obligations) {
  std::string list;
  auto add = [&](const char* key, std::string_view value) {
    FlowMap map;
    list += (list.empty() ? "" : ", ") + map.Raw(key, value).Take();
  };
  using Audit = Obligations::Audit;
  if (obligations.audit == Audit::kDigest) add("audit", "digest");
  if (obligations.audit == Audit::kFull) add("audit", "full");
  if (obligations.encrypt_end_to_end) add("encrypt", "endToEnd");
  if (obligations.retain) add("retain", yaml::ToString(*obligations.retain));
  for (const std::string& one : obligations.meters) {
    add("meter", QuoteYaml(one));
  }
  for (const std::string& one : obligations.redact) {
    add("redact", QuoteYaml(one));
  }
  for (const std::string& one : obligations.notify) {
    add("notify", QuoteYaml(one));
  }
  return "[" + list + "]";
}

// The shortest digits that read back as the same number.
std::string PrintNumber(double number) {
  char text[32];
  auto [end, error] = std::to_chars(text, text + sizeof text, number);
  return std::string(text, end);
}

std::string PrintTiers(const PreferKeys& prefer) {
  std::string list;
  for (const PreferKeys::TierHandicap& tier : prefer.tiers) {
    FlowMap map;
    map.Add("tier", ToString(tier.tier))
        .Raw("handicap", yaml::ToString(tier.handicap));
    list += (list.empty() ? "" : ", ") + map.Take();
  }
  return "[" + list + "]";
}

FlowMap PrintNear(const PreferKeys::Near& near) {
  FlowMap map;
  if (near.country) map.Add("country", near.country->ToString());
  if (near.operator_name) map.Add("operator", *near.operator_name);
  return map.Raw("bonus", yaml::ToString(near.bonus));
}

std::string PrintWeights(const PreferKeys& prefer) {
  std::string list;
  for (const PreferKeys::Weight& one : prefer.weights) {
    FlowMap map;
    map.List("peers", one.peers).Raw("weight", std::to_string(one.weight));
    list += (list.empty() ? "" : ", ") + map.Take();
  }
  return "[" + list + "]";
}

std::string PrintPrefer(const PreferKeys& prefer) {
  FlowMap map;
  if (!prefer.tiers.empty()) map.Raw("tiers", PrintTiers(prefer));
  if (prefer.max_rtt) map.Raw("maxRtt", yaml::ToString(*prefer.max_rtt));
  if (prefer.max_predicted_ttfb) {
    map.Raw("maxPredictedTtfb", yaml::ToString(*prefer.max_predicted_ttfb));
  }
  if (prefer.affinity) {
    FlowMap affinity;
    if (!prefer.affinity->key.empty()) {
      affinity.Add("key", prefer.affinity->key);
    }
    affinity.Raw("bonus", yaml::ToString(prefer.affinity->bonus))
        .Raw("idle", yaml::ToString(prefer.affinity->idle));
    map.Map("affinity", affinity);
  }
  if (prefer.cost) {
    FlowMap cost;
    if (prefer.cost->ceiling_per_gib) {
      cost.Raw("ceilingPerGiB", PrintNumber(*prefer.cost->ceiling_per_gib));
    }
    if (prefer.cost->ms_per_cent) {
      cost.Raw("msPerCent", PrintNumber(*prefer.cost->ms_per_cent));
    }
    map.Map("cost", cost);
  }
  if (prefer.near) map.Map("near", PrintNear(*prefer.near));
  if (!prefer.weights.empty()) map.Raw("weights", PrintWeights(prefer));
  return Line("prefer", map.Take());
}

}  // namespace

std::string PrintRule(const Rule& rule) {
  std::string out = "  - id: " + QuoteYaml(rule.id.text) + "\n";
  out += Line("effect", std::string(ToString(rule.effect)));
  if (!rule.covers.empty()) out += Line("covers", FlowList(rule.covers));
  FlowMap when = PrintWhen(rule.when);
  if (!when.empty()) out += Line("when", when.Take());
  if (rule.where) out += PrintWhere(*rule.where);
  if (!rule.unless_endorsed.empty()) {
    out += Line("unlessEndorsed", FlowList(rule.unless_endorsed));
  }
  if (rule.on_change == OnChange::kFinish) out += Line("onChange", "finish");
  if (!(rule.obligations == Obligations{})) {
    out += Line("obligations", PrintObligations(rule.obligations));
  }
  if (rule.effect == Effect::kPrefer) out += PrintPrefer(rule.prefer);
  return out;
}

}  // namespace herald::policy
