// SPDX-License-Identifier: Apache-2.0
#include "policy/random_policies.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <tuple>
#include <utility>

#include "core/base/calendar.h"
#include "core/base/check.h"
#include "policy/parse.h"
#include "policy/random_words.h"

namespace herald::policy {
namespace {

using namespace words;

constexpr char kHead[] = "---\napiVersion: herald.dev/v1alpha1\nkind: ";
constexpr char kSetsText[] =
    "JurisdictionSet\nmetadata: {name: j}\nspec:\n  sets:\n"
    "    WIDE: {union: [EU, NONE], plus: [US]}\n"
    "    EU: [DE, FR]\n    NONE: []\n";

// Overrides, Observe and `replaces` are drawn where the evaluator knows them.
constexpr bool kRollOut = true;

}  // namespace

const std::string& RandomPolicies::Pick(const Words& words) {
  return words[random_.Below(words.size())];
}

std::string RandomPolicies::List(const Words& words) {
  std::string list = "[" + Pick(words);
  while (random_.Chance(0.4)) list += ", " + Pick(words);
  return list + "]";
}

std::string RandomPolicies::Maybe(double chance, const char* key,
                                  const std::string& value) {
  if (!random_.Chance(chance)) return "";
  return ", " + std::string(key) + ": " + value;
}

std::vector<SourceText> RandomPolicies::Texts() {
  labels_ = kLabels;
  free_purposes_ = true;
  enforced_.clear();
  named_.clear();
  liftable_.clear();
  std::string text = std::string(kHead) + kSetsText;
  if (random_.Chance(0.6)) text += Schema("s");
  auto policies = static_cast<int>(random_.Below(5));
  for (int i = 0; i < policies; ++i) text += Policy(i);
  std::vector<SourceText> texts = {{"policies.yaml", text}};
  for (int i = 0; kRollOut && random_.Chance(0.3) && i < 3; ++i) {
    std::string name = "override" + std::to_string(i);
    texts.push_back({name + ".yaml", Override(i)});
  }
  return texts;
}

Sample RandomPolicies::Draw() {
  Sample sample;
  sample.number = ++drawn_;
  sample.texts = Texts();
  sample.discharge.meter = random_.Chance(0.7);
  sample.discharge.retain = static_cast<Discharge::Retain>(random_.Below(3));
  sample.discharge.redact = true;
  sample.discharge.notify = random_.Chance(0.7);
  Loaded loaded = Load(sample.texts, sample.discharge);
  if (loaded.program == nullptr) {
    for (const SourceText& text : sample.texts) std::cerr << text.text;
    std::cerr << Render(loaded.issues);
  }
  HERALD_CHECK(loaded.program != nullptr, "what is drawn is in order");
  sample.program = std::move(loaded.program);
  for (size_t file = 0; file < sample.texts.size(); ++file) {
    const SourceText& text = sample.texts[file];
    yaml::Problems problems(text.name, text.text);
    Parse(problems, file, sample.set);
  }
  return sample;
}

std::string RandomPolicies::LabelEntry(const std::string& name) {
  std::string text = name + ": {controlled: ";
  bool open = name != "unlabelled" && random_.Chance(0.3);
  text += open ? "false" : "true";
  if (open) text += Maybe(0.5, "mayAssert", List(kCallerPatterns));
  return text + Maybe(0.4, "implies", List(labels_)) + "}, ";
}

std::string RandomPolicies::Floor() {
  std::string by;
  while (by.empty()) {
    by = Maybe(0.4, "callers", List(kCallerPatterns)) +
         Maybe(0.4, "callees", List(kCalleePatterns)) +
         Maybe(0.4, "skills", List(kSkillPatterns));
  }
  return "  - {labels: " + List(labels_) + by + "}\n";
}

std::string RandomPolicies::Schema(const std::string& name) {
  std::string text = std::string(kHead) +
                     "LabelSchema\nmetadata: {name: " + name +
                     "}\nspec:\n  labels: {";
  for (const char* label : {"a", "b", "c"}) text += LabelEntry(label);
  if (random_.Chance(0.2)) text += LabelEntry("unlabelled");
  if (random_.Chance(0.15)) {  // all 64 of them
    for (int i = 3; i < 62; ++i) text += "l" + std::to_string(i) + ": {}, ";
  }
  text += LabelEntry("l62");
  text.resize(text.size() - 2);
  text += "}\n";
  if (random_.Chance(0.5)) {
    text += "  floors:\n" + Floor();
    while (random_.Chance(0.4)) text += Floor();
  }
  text += "  endorsements:\n";
  for (const std::string& one : kEndorsements) {
    std::string by = random_.Chance(0.2) ? "[]" : List(kCallerPatterns);
    text += "    " + one + ": {authorities: " + by + "}\n";
  }
  free_purposes_ = random_.Chance(0.3);
  if (!free_purposes_) text += "  purposes: [p, q]\n";
  return text;
}

// On a coarse grid, so that windows and questions often meet at their edges.
std::string RandomPolicies::Moment() {
  constexpr auto kStep = std::chrono::minutes(30);
  auto start = ParseRfc3339("2026-11-21T00:00:00Z");
  return ToRfc3339(*start + kStep * static_cast<int>(random_.Below(10)));
}

std::string RandomPolicies::Policy(int number) {
  Header header{"ClusterRoutingPolicy", std::nullopt};
  if (random_.Chance(0.6)) header.kind = "RoutingPolicy";
  if (header.kind == "RoutingPolicy" && random_.Chance(0.7)) {
    header.scope = Pick(kScopes);
  }
  bool shadow = random_.Chance(0.25);
  std::string replaces;
  if (kRollOut && shadow && !enforced_.empty() && random_.Chance(0.7)) {
    auto at = enforced_.begin();
    std::advance(at, random_.Below(enforced_.size()));
    header = at->first;
    replaces = "  replaces: " + Pick(at->second) + "\n";
  }
  // The same name now and then, where it is another object's.
  std::string name = random_.Chance(0.3) ? "p0" : "p" + std::to_string(number);
  Words& taken = named_[header];
  if (std::count(taken.begin(), taken.end(), name) > 0) return "";
  taken.push_back(name);
  if (!shadow) enforced_[header].push_back(name);
  std::string text = kHead + header.kind + "\nmetadata: {name: " + name;
  if (header.scope) text += ", namespace: " + *header.scope;
  text += Maybe(0.1, "annotations", "{\"corp.example/ticket\": T-1}");
  text += "}\nspec:\n";
  if (shadow) text += "  mode: Shadow\n" + replaces;
  if (kRollOut && !shadow && header.scope && random_.Chance(0.3)) {
    std::string until = random_.Chance(0.3) ? "2026-11-20" : Moment();
    text += "  enforcement: Observe\n  until: " + until + "\n";
  }
  auto rules = static_cast<int>(random_.Below(5));
  // More than a word of them now and then.
  if (random_.Chance(0.02)) rules = 60 + static_cast<int>(random_.Below(20));
  text += rules > 0 ? "  rules:\n" : "  rules: []\n";
  for (int i = 0; i < rules; ++i) text += Rule(i, name, !shadow);
  return text;
}

std::string RandomPolicies::Override(int number) {
  constexpr auto kStep = std::chrono::minutes(30);
  std::string from = Moment();
  WallTime until =
      *ParseRfc3339(from) + kStep * static_cast<int>(1 + random_.Below(8));
  std::string text = std::string(kHead) + "Override\nmetadata: {name: o" +
                     std::to_string(number);
  text += Maybe(0.5, "namespace", Pick(kScopes));
  text += "}\nspec:\n  reason: none\n  from: " + from +
          "\n  until: " + ToRfc3339(until) + "\n";
  Words forbids;
  for (const auto& [name, always] : liftable_) {
    if (always) forbids.push_back(name);
  }
  bool lifts = !forbids.empty() && random_.Chance(0.8);
  if (lifts) text += "  lifts: " + List(forbids) + "\n";
  if (lifts && random_.Chance(0.4)) return text;
  text += "  rules:\n  - {id: r0, " + Permit() + "}\n";
  if (random_.Chance(0.3)) text += "  - {id: r1, " + Permit() + "}\n";
  return text;
}

std::string RandomPolicies::Permit() {
  std::string text = "covers: " + List(labels_);
  if (random_.Chance(0.5)) text += ", when: {" + When(true) + "}";
  if (random_.Chance(0.7)) text += ", where: {" + Where(true) + "}";
  return text + Maybe(0.3, "obligations", Obligations());
}

// `when` first, so that what is preferred ends the rule's line.
std::string RandomPolicies::Prefer() {
  auto some = [&](const char* unit) {
    return std::to_string(random_.Below(300)) + unit;
  };
  std::string text = "prefer: {maxRtt: " + some("ms");
  if (random_.Chance(0.5)) {
    text +=
        ", tiers: [{tier: " + Pick(kTiers) + ", handicap: " + some("ms") + "}]";
  }
  text += Maybe(0.3, "maxPredictedTtfb", some("s"));
  text += Maybe(0.3, "affinity",
                "{bonus: " + some("ms") + ", idle: " + some("m") + "}");
  text += Maybe(
      0.3, "cost",
      "{msPerCent: " + some("") + Maybe(0.5, "ceilingPerGiB", some("")) + "}");
  text += Maybe(0.3, "near",
                "{bonus: " + some("ms") + ", country: " + Pick(kCountries) +
                    Maybe(0.5, "operator", "acme") + "}");
  if (random_.Chance(0.3)) {
    text += ", weights: [{peers: " + List(kCalleePatterns) + ", weight: 1}, " +
            "{peers: [y], weight: " + some("") + "}]";
  }
  text += "}";
  if (random_.Chance(0.6)) text = "when: {" + When(false) + "}, " + text;
  return text;
}

std::string RandomPolicies::Rule(int number, const std::string& policy,
                                 bool enforced) {
  double kind = random_.Unit();
  std::string id = "r" + std::to_string(number);
  std::string text = "  - {id: " + id + ", effect: ";
  bool forbid = kind >= 0.65 && kind < 0.85;
  if (enforced) {
    auto at = liftable_.emplace(policy + "/" + id, forbid).first;
    at->second = at->second && forbid;
  }
  if (kind < 0.65) return text + "Permit, " + Permit() + "}\n";
  if (kind > 0.94) return text + "Prefer, " + Prefer() + "}\n";
  text += forbid ? "Forbid" + Maybe(0.3, "onChange", "finish")
                 : "Oblige, obligations: " + Obligations();
  if (random_.Chance(0.5)) text += ", when: {" + When(false) + "}";
  // A Forbid of everything would leave nothing to compare.
  text += ", where: {" + Where(false) + "}";
  return text + Maybe(0.2, "unlessEndorsed", List(kEndorsements)) + "}\n";
}

std::string RandomPolicies::ForbidText() {
  return std::string(kHead) +
         "ClusterRoutingPolicy\nmetadata: {name: more}\nspec:\n  rules:\n"
         "  - {id: f, effect: Forbid, when: {" +
         When(false) + "}, where: {" + Where(false) + "}}\n";
}

std::string RandomPolicies::When(bool permit) {
  auto any_all = [&](const Words& words) {
    if (random_.Chance(0.2)) {
      return "{anyOf: " + List(words) + ", allOf: " + List(words) + "}";
    }
    return (random_.Chance(0.5) ? "{anyOf: " : "{allOf: ") + List(words) + "}";
  };
  Words purposes = kPurposes;
  if (free_purposes_) purposes.insert(purposes.end(), {"\"p*\"", "\"*\""});
  std::string text = Maybe(0.3, "purposes", List(purposes)) +
                     Maybe(0.3, "skills", List(kSkillPatterns)) +
                     Maybe(0.2, "callees", List(kCalleePatterns)) +
                     Maybe(0.2, "callers", List(kCallerPatterns)) +
                     Maybe(0.1, "legalBasis",
                           random_.Chance(0.3) ? "[\"con*\"]" : List(kBases));
  text += permit ? Maybe(0.3, "endorsements", any_all(kEndorsements))
                 : Maybe(0.5, "labels", any_all(labels_));
  return text.empty() ? text : text.substr(2);
}

std::string RandomPolicies::Where(bool permit) {
  std::string crypto = Maybe(0.2, "keysHeldIn", "{in: " + List(kSets) + "}");
  if (permit) crypto += Maybe(0.2, "endToEnd", "true");
  std::string text = permit ? Maybe(0.6, "process", NodeTest()) +
                                  Maybe(0.3, "transit", NodeTest())
                            : Maybe(0.7, "anyNode", NodeTest()) +
                                  Maybe(0.4, "anyProcess", NodeTest());
  if (!crypto.empty()) text += ", crypto: {" + crypto.substr(2) + "}";
  return text.empty() ? text : text.substr(2);
}

std::string RandomPolicies::NodeTest() {
  std::string text;
  double each = random_.Chance(0.7) ? 0.15 : 0.5;  // one fact, or many
  while (text.empty()) {
    text = Maybe(2 * each, "countries", "{in: " + List(kSets) + "}");
    std::string control = Maybe(each, "onlyIn", List(kSets)) +
                          Maybe(each, "notOnlyIn", List(kSets)) +
                          Maybe(each, "anyOf", List(kSets));
    if (!control.empty()) {
      text += ", operatorControl: {" + control.substr(2) + "}";
    }
    text += Maybe(each, "tiers", List(kTiers)) +
            Maybe(each, "assurance", "{allOf: " + List(kAssurance) + "}") +
            Maybe(each, "attestation", "{min: " + Pick(kLevels) + "}");
  }
  return "{" + text.substr(2) + "}";
}

std::string RandomPolicies::Obligations() {
  return "[" +
         Pick({"{audit: digest}", "{audit: full}", "{encrypt: endToEnd}",
               "{meter: m}", "{retain: 2s}, {retain: 1h}", "{retain: 0s}",
               "{retain: 1h}", "{audit: full, notify: n}",
               "{meter: k}, {meter: m, redact: r}"}) +
         "]";
}

}  // namespace herald::policy
