// SPDX-License-Identifier: Apache-2.0
#include "policy/random_policies.h"

#include <utility>

namespace herald::policy {
namespace {

using Words = std::vector<std::string>;

// l62 is the 64th label of the schema below, `unlabelled` counted.
const Words kLabels = {"a", "b", "c", "l62", "unlabelled"};
const Words kCountries = {"DE", "FR", "US", "CN"};
const Words kSets = {"DE", "FR", "US", "EU", "WIDE", "NONE", "CN"};
const Words kPurposes = {"p", "q"};
const Words kSkills = {"s", "llm/a", "llm/a/b"};
const Words kSkillPatterns = {"s", "\"llm/*\"", "\"*\"", "\"*a*\"", "llm/a"};
const Words kCallees = {"x", "xy"};
const Words kCalleePatterns = {"x", "\"x*\"", "xy"};
const Words kCallers = {"spiffe://t/ns/one/sa/a", "spiffe://t/ns/two/sa/b"};
const Words kCallerPatterns = {"\"spiffe://t/ns/one/*\"", "\"*/sa/b\""};
const Words kEndorsements = {"e", "f"};
const Words kScopes = {"one", "two"};
const Words kTiers = {"Device", "FarEdge", "NearEdge", "Cloud"};
const Words kAssurance = {"iso", "pci"};
const Words kLevels = {"none", "declared", "platform", "hardware"};

constexpr char kHead[] = "---\napiVersion: herald.dev/v1alpha1\nkind: ";

}  // namespace

std::string RandomPolicies::Pick(const Words& words) {
  return words[random_.Below(words.size())];
}

std::string RandomPolicies::List(const Words& words) {
  std::string list = "[" + Pick(words);
  while (random_.Chance(0.4)) list += ", " + Pick(words);
  return list + "]";
}

std::string RandomPolicies::Text() {
  std::string text = std::string(kHead) +
                     "JurisdictionSet\nmetadata: {name: j}\nspec:\n  sets:\n"
                     "    WIDE: {union: [EU, NONE], plus: [US]}\n"
                     "    EU: [DE, FR]\n    NONE: []\n";
  has_schema_ = random_.Chance(0.6);
  if (has_schema_) text += Schema();
  int policies = static_cast<int>(random_.Below(4));
  for (int i = 0; i < policies; ++i) text += Policy(i);
  return text;
}

std::string RandomPolicies::Schema() {
  std::string text = std::string(kHead) +
                     "LabelSchema\nmetadata: {name: s}\nspec:\n  labels:\n";
  auto label = [&](const std::string& name) {
    text += "    " + name + ": {";
    if (random_.Chance(0.3)) text += "controlled: false, ";
    if (random_.Chance(0.4)) text += "implies: " + List(kLabels);
    text += "}\n";
  };
  for (const char* name : {"a", "b", "c"}) label(name);
  for (int i = 3; i < 62; ++i) text += "    l" + std::to_string(i) + ": {}\n";
  label("l62");
  return text +
         "  endorsements: {e: {authorities: []}, f: {authorities: []}}"
         "\n  purposes: [p, q]\n";
}

std::string RandomPolicies::Policy(int number) {
  bool cluster = random_.Chance(0.4);
  std::string text = kHead;
  text += cluster ? "ClusterRoutingPolicy" : "RoutingPolicy";
  text += "\nmetadata: {name: p" + std::to_string(number);
  if (!cluster && random_.Chance(0.6)) text += ", namespace: " + Pick(kScopes);
  text += "}\nspec:\n";
  if (random_.Chance(0.2)) text += "  mode: Shadow\n";
  int rules = static_cast<int>(random_.Below(5));
  text += rules > 0 ? "  rules:\n" : "  rules: []\n";
  for (int i = 0; i < rules; ++i) text += Rule(i);
  return text;
}

std::string RandomPolicies::Rule(int number) {
  double kind = random_.Unit();
  bool permit = kind < 0.65;
  bool forbid = !permit && kind < 0.85;
  std::string text = "  - {id: r" + std::to_string(number);
  text += permit   ? ", effect: Permit, covers: " + List(kLabels)
          : forbid ? ", effect: Forbid"
                   : ", effect: Oblige, obligations: " + Obligations();
  if (random_.Chance(0.5)) text += ", when: {" + When(permit) + "}";
  // A Forbid of everything would leave nothing to compare.
  if (!permit || random_.Chance(0.7))
    text += ", where: {" + Where(permit) + "}";
  if (permit && random_.Chance(0.3)) text += ", obligations: " + Obligations();
  if (!permit && random_.Chance(0.2)) {
    text += ", unlessEndorsed: " + List(kEndorsements);
  }
  return text + "}\n";
}

std::string RandomPolicies::ForbidText() {
  return std::string(kHead) +
         "ClusterRoutingPolicy\nmetadata: {name: more}\nspec:\n  rules:\n"
         "  - {id: f, effect: Forbid, when: {" +
         When(false) + "}, where: {" + Where(false) + "}}\n";
}

std::string RandomPolicies::When(bool permit) {
  std::string text;
  auto maybe = [&](double chance, const char* key, const std::string& value) {
    if (random_.Chance(chance)) text += std::string(key) + ": " + value + ", ";
  };
  maybe(0.3, "purposes", List(kPurposes));
  maybe(0.3, "skills", List(kSkillPatterns));
  maybe(0.2, "callees", List(kCalleePatterns));
  maybe(0.2, "callers", List(kCallerPatterns));
  maybe(0.1, "legalBasis", List({"consent", "contract"}));
  std::string kind = random_.Chance(0.5) ? "{anyOf: " : "{allOf: ";
  if (permit) {
    maybe(0.3, "endorsements", kind + List(kEndorsements) + "}");
  } else {
    maybe(0.5, "labels", kind + List(kLabels) + "}");
  }
  return text;
}

std::string RandomPolicies::Where(bool permit) {
  std::string text;
  auto maybe = [&](double chance, const char* key, const std::string& value) {
    if (random_.Chance(chance)) text += std::string(key) + ": " + value + ", ";
  };
  if (permit) {
    maybe(0.6, "process", NodeTest());
    maybe(0.3, "transit", NodeTest());
    if (random_.Chance(0.2)) {
      text += "crypto: {endToEnd: true}";
    } else if (random_.Chance(0.2)) {
      text += "crypto: {keysHeldIn: {in: " + List(kSets) + "}}";
    }
  } else {
    maybe(0.7, "anyNode", NodeTest());
    maybe(0.4, "anyProcess", NodeTest());
  }
  return text;
}

std::string RandomPolicies::NodeTest() {
  switch (random_.Below(6)) {
    case 0:
      return "{operatorControl: {onlyIn: " + List(kSets) + "}}";
    case 1:
      return "{operatorControl: {notOnlyIn: " + List(kSets) +
             ", anyOf: " + List(kSets) + "}}";
    case 2:
      return "{tiers: " + List(kTiers) + ", countries: {in: " + List(kSets) +
             "}}";
    case 3:
      return "{assurance: {allOf: " + List(kAssurance) + "}}";
    case 4:
      return "{attestation: {min: " + Pick(kLevels) + "}}";
    default:
      return "{countries: {in: " + List(kSets) + "}}";
  }
}

std::string RandomPolicies::Obligations() {
  return "[" +
         Pick({"{audit: digest}", "{audit: full}", "{encrypt: endToEnd}",
               "{meter: m}", "{retain: 2s}, {retain: 1h}",
               "{audit: full, notify: n}"}) +
         "]";
}

Site RandomPolicies::RandomSite() {
  Site site;
  if (random_.Chance(0.85)) site.country = Country::Parse(Pick(kCountries));
  if (random_.Chance(0.85)) {
    site.tier = static_cast<Tier>(random_.Below(4));
  }
  if (random_.Chance(0.85)) {
    site.operator_control.emplace();
    while (random_.Chance(0.6)) {
      site.operator_control->push_back(*Country::Parse(Pick(kCountries)));
    }
  }
  if (random_.Chance(0.85)) {
    site.assurance.emplace();
    while (random_.Chance(0.6)) site.assurance->push_back(Pick(kAssurance));
  }
  if (random_.Chance(0.85)) {
    site.attestation = static_cast<Attestation>(random_.Below(4));
  }
  return site;
}

TestCase::Stop RandomPolicies::Relay() {
  return {true, random_.Chance(0.5), RandomSite()};
}

std::string RandomPolicies::Label() {
  // Sometimes one that nobody knows.
  return random_.Chance(0.03) ? "strange" : Pick(kLabels);
}

TestCase RandomPolicies::Question() {
  TestCase question;
  if (random_.Chance(0.9)) question.caller = Pick(kCallers);
  if (random_.Chance(0.9)) question.callee = Pick(kCallees);
  if (random_.Chance(0.5)) {
    question.scope = random_.Chance(0.1) ? "three" : Pick(kScopes);
  }
  if (random_.Chance(0.8)) question.skill = Pick(kSkills);
  while (random_.Chance(0.5)) question.labels.push_back(Label());
  if (random_.Chance(0.8)) question.purpose = Pick(kPurposes);
  if (random_.Chance(0.5)) question.legal_basis = "consent";
  while (random_.Chance(0.3)) {
    question.endorsements.push_back(Pick(kEndorsements));
  }
  while (random_.Chance(0.3)) question.path.push_back(Relay());
  question.path.push_back({false, true, RandomSite()});
  if (random_.Chance(0.8)) {
    question.keys_held_in = Country::Parse(Pick(kCountries));
  }
  return question;
}

void RandomPolicies::LoseAFact(TestCase& question) {
  Site& site = question.path[random_.Below(question.path.size())].site;
  switch (random_.Below(10)) {
    case 0:
      return site.country.reset();
    case 1:
      return site.tier.reset();
    case 2:
      return site.operator_control.reset();
    case 3:
      return site.assurance.reset();
    case 4:
      return site.attestation.reset();
    case 5:
      return question.keys_held_in.reset();
    case 6:
      return question.purpose.reset();
    case 7:
      return question.skill.reset();
    case 8:
      return question.legal_basis.reset();
    default:
      return question.caller.clear();
  }
}

}  // namespace herald::policy
