// SPDX-License-Identifier: Apache-2.0
#include "policy/print_case.h"

#include "core/base/calendar.h"
#include "core/yaml/scalar.h"
#include "policy/print.h"
#include "policy/print_flow.h"

namespace herald::policy {
namespace {

FlowMap PrintCall(const TestCase& test) {
  FlowMap map;
  auto maybe = [&map](const char* key, const std::optional<std::string>& text) {
    if (text) map.Add(key, *text);
  };
  if (!test.caller.empty()) map.Add("caller", test.caller);
  if (!test.callee.empty()) map.Add("callee", test.callee);
  maybe("namespace", test.scope);
  maybe("skill", test.skill);
  if (!test.labels.empty()) map.Add("labels", test.labels);
  maybe("purpose", test.purpose);
  maybe("legalBasis", test.legal_basis);
  if (!test.endorsements.empty()) map.Add("endorsements", test.endorsements);
  if (test.at) map.Raw("at", ToRfc3339(*test.at));
  return map;
}

FlowMap PrintStop(const TestCase::Stop& stop) {
  FlowMap map;
  map.Raw("role", stop.relay ? "relay" : "peer");
  if (stop.relay) map.Raw("terminates", stop.terminates ? "true" : "false");
  const Site& site = stop.site;
  if (site.country) map.Add("country", site.country->ToString());
  if (site.operator_control) {
    std::vector<std::string> codes;
    for (Country one : *site.operator_control) codes.push_back(one.ToString());
    map.Add("operatorControl", codes);
  }
  if (site.tier) map.Add("tier", ToString(*site.tier));
  if (site.assurance) map.Add("assurance", *site.assurance);
  if (site.attestation) map.Add("attestation", ToString(*site.attestation));
  if (site.retention) map.Raw("retention", yaml::ToString(*site.retention));
  return map;
}

}  // namespace

std::string PrintCase(const TestCase& test, const std::string& indent) {
  std::string out = indent + "- name: " + QuoteYaml(test.name) + "\n";
  out += indent + "  call: " + PrintCall(test).Take() + "\n";
  out += indent + "  path:\n";
  for (const TestCase::Stop& stop : test.path) {
    out += indent + "  - " + PrintStop(stop).Take() + "\n";
  }
  if (test.keys_held_in) {
    out += indent +
           "  keysHeldIn: " + QuoteYaml(test.keys_held_in->ToString()) + "\n";
  }
  FlowMap expect;
  expect.Raw("verdict", ToString(test.expect.verdict));
  if (test.expect.rules) expect.Add("rules", *test.expect.rules);
  return out + indent + "  expect: " + expect.Take() + "\n";
}

}  // namespace herald::policy
