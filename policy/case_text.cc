// SPDX-License-Identifier: Apache-2.0
#include "policy/case_text.h"

#include <optional>
#include <string_view>

#include "core/base/calendar.h"
#include "core/yaml/scalar.h"

namespace herald::policy {
namespace {

// Always quoted: a word that YAML takes for something else stays a text.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// A flow map that grows: {a: 1, b: 2}.
class FlowMap {
 public:
  void Add(std::string_view key, std::string_view value) {
    text_ += (text_.empty() ? "" : ", ") + std::string(key) + ": " +
             std::string(value);
  }
  template <typename Value, typename Show>
  void AddIf(std::string_view key, const std::optional<Value>& value,
             Show show) {
    if (value) Add(key, show(*value));
  }
  std::string Take() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

template <typename Item, typename Show>
std::string List(const std::vector<Item>& items, Show show) {
  std::string out = "[";
  for (const Item& item : items) {
    out += (out.size() > 1 ? ", " : "") + std::string(show(item));
  }
  return out + "]";
}

std::string Names(const std::vector<std::string>& names) {
  return List(names, [](const std::string& name) { return Quoted(name); });
}

std::string CountryText(Country country) { return Quoted(country.ToString()); }

std::string StopText(const TestCase::Stop& stop) {
  FlowMap map;
  map.Add("role", stop.relay ? "relay" : "peer");
  if (!stop.terminates) map.Add("terminates", "false");
  map.AddIf("country", stop.site.country, CountryText);
  map.AddIf("tier", stop.site.tier, [](Tier tier) { return ToString(tier); });
  map.AddIf("operator", stop.site.operator_name, Quoted);
  map.AddIf("operatorControl", stop.site.operator_control,
            [](const auto& countries) { return List(countries, CountryText); });
  map.AddIf("assurance", stop.site.assurance, Names);
  map.AddIf("attestation", stop.site.attestation,
            [](Attestation level) { return ToString(level); });
  map.AddIf("retention", stop.site.retention,
            [](Duration most) { return yaml::ToString(most); });
  return map.Take();
}

std::string CallText(const TestCase& test) {
  FlowMap map;
  if (!test.caller.empty()) map.Add("caller", Quoted(test.caller));
  if (!test.callee.empty()) map.Add("callee", Quoted(test.callee));
  map.AddIf("namespace", test.scope, Quoted);
  map.AddIf("skill", test.skill, Quoted);
  map.Add("labels", Names(test.labels));
  map.AddIf("purpose", test.purpose, Quoted);
  map.AddIf("legalBasis", test.legal_basis, Quoted);
  map.Add("endorsements", Names(test.endorsements));
  map.AddIf("at", test.at, ToRfc3339);
  return map.Take();
}

std::string ExpectText(const Expectation& expect) {
  FlowMap map;
  map.Add("verdict", ToString(expect.verdict));
  map.AddIf("rules", expect.rules, Names);
  map.AddIf("shadow", expect.shadow,
            [](Verdict verdict) { return ToString(verdict); });
  return map.Take();
}

}  // namespace

std::string CaseText(const TestCase& test,
                     const std::vector<std::string>& policies) {
  std::string text =
      "apiVersion: herald.dev/v1alpha1\nkind: PolicyTest\n"
      "metadata: {name: random}\nspec:\n  policies: " +
      Names(policies) + "\n  cases:\n  - name: " + Quoted(test.name) +
      "\n    call: " + CallText(test) + "\n    path:\n";
  for (const TestCase::Stop& stop : test.path) {
    text += "    - " + StopText(stop) + "\n";
  }
  if (test.keys_held_in) {
    text += "    keysHeldIn: " + CountryText(*test.keys_held_in) + "\n";
  }
  return text + "    expect: " + ExpectText(test.expect) + "\n";
}

}  // namespace herald::policy
