// SPDX-License-Identifier: Apache-2.0
//
// What the stages before evaluation refuse, and how they say it.
#include "policy/load.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Policy(const std::string& rules) {
  return "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
         "metadata: {name: p}\nspec:\n  rules:\n" +
         rules;
}

std::string Object(const std::string& kind, const std::string& spec) {
  return "apiVersion: herald.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {name: o}\nspec:\n" + spec;
}

std::string IssuesOf(const std::string& text) {
  Loaded loaded = Load({{"f.yaml", text}});
  EXPECT_EQ(loaded.program == nullptr, HasErrors(loaded.issues));
  return Render(loaded.issues);
}

// A rule is refused with `text`.
void Refuses(const std::string& rule, const std::string& text) {
  EXPECT_THAT(IssuesOf(Policy("  - " + rule + "\n")), HasSubstr(text)) << rule;
}

TEST(LoadTest, ReportsEverythingAtOnceWithItsPlace) {
  std::string issues =
      IssuesOf(Policy("  - {id: a, effect: Permitt, covers: [x]}\n"
                      "  - {id: b, effect: Permit, covres: [x]}\n"
                      "  - {id: b, effect: Forbid, when: {purpose: [x]}}\n") +
               "---\nkind: Nonsense\n");
  EXPECT_THAT(issues, HasSubstr("f.yaml:6:21: error: 'effect' must be one of "
                                "Permit, Forbid, Oblige, Prefer, not the text "
                                "'Permitt'; did you mean 'Permit'?"));
  EXPECT_THAT(issues, HasSubstr("a rule needs 'covers'"));
  EXPECT_THAT(issues, HasSubstr("unknown key 'covres' in a rule; did you mean "
                                "'covers'?"));
  EXPECT_THAT(issues, HasSubstr("unknown key 'purpose'"));
  EXPECT_THAT(issues, HasSubstr("rule 'b' is there twice"));
  EXPECT_THAT(issues, HasSubstr("an object needs 'apiVersion'"));
  EXPECT_THAT(issues, HasSubstr("'kind' must be one of"));
}

TEST(LoadTest, GrammarKeepsTheLaws) {
  Refuses("{id: a, effect: Permit, covers: [x], when: {labels: {anyOf: [y]}}}",
          "a Permit does not test labels");
  Refuses("{id: a, effect: Forbid, when: {endorsements: {anyOf: [e]}}}",
          "an endorsement can only lift this rule");
  Refuses("{id: a, effect: Forbid, where: {process: {tiers: [Cloud]}}}",
          "a Forbid cannot use 'process'");
  Refuses(
      "{id: a, effect: Permit, covers: [x], where: {anyNode: {tiers: "
      "[Cloud]}}}",
      "a Permit cannot use 'anyNode'");
  Refuses("{id: a, effect: Forbid, where: {crypto: {endToEnd: true}}}",
          "only a Permit can ask for 'endToEnd'");
  Refuses(
      "{id: a, effect: Permit, covers: [x], where: {crypto: {endToEnd: "
      "false}}}",
      "'endToEnd' can only be required true");
}

TEST(LoadTest, RefusesRulesThatAskNothingWhereTheyMeanSomething) {
  Refuses("{id: a, effect: Permit, covers: []}", "'covers' is an empty list");
  Refuses("{id: a, effect: Permit, covers: [x], where: {process: {}}}",
          "'process' asks nothing");
  Refuses(
      "{id: a, effect: Permit, covers: [x], where: {process: {countries: {in: "
      "[]}}}}",
      "'in' is an empty list");
  Refuses("{id: a, effect: Oblige}", "needs 'obligations'");
  Refuses("{id: a, effect: Prefer}", "a rule needs 'prefer'");
  Refuses("{id: a, effect: Prefer, prefer: {near: {bonus: 1ms}}}",
          "near what?");
  Refuses("{id: a, effect: Prefer, prefer: {near: {country: XX, bonus: 1ms}}}",
          "'XX' is no country code");
  Refuses("{id: a, effect: Prefer, prefer: {near: {country: DE}}}", "'bonus'");
  Refuses("{id: a, effect: Prefer, prefer: {weights: []}}",
          "one weight at least");
  Refuses(
      "{id: a, effect: Prefer, prefer: {weights: [{peers: [x], weight: 0}]}}",
      "one weight at least");
  Refuses("{id: a, effect: Prefer, prefer: {weights: [{weight: 1}]}}",
          "'peers'");
  Refuses("{id: a, effect: Forbid, when: {labels: {}}}", "anyOf or allOf");
}

TEST(LoadTest, NorwayIsACountry) {
  std::string where =
      "{id: a, effect: Permit, covers: [x], where: {process: {countries: {in: "
      "[SE, NO]}}}}";
  Refuses(where, "YAML reads NO as a boolean; write \"NO\"");
}

TEST(LoadTest, CountriesAreSetsOrAssignedCodes) {
  auto in = [](const std::string& name) {
    return "{id: a, effect: Permit, covers: [x], where: {process: {countries: "
           "{in: [" +
           name + "]}}}}";
  };
  Refuses(in("XX"), "'XX' is neither a set");
  Refuses(in("UK"), "did you mean GB?");
  Refuses(in("EEA"), "'EEA' is neither a set");
  EXPECT_THAT(IssuesOf(Policy("  - " + in("DE") + "\n")), IsEmpty());
}

TEST(LoadTest, SetsAreChecked) {
  std::string issues = IssuesOf(
      Object("JurisdictionSet",
             "  reviewBy: soon\n"
             "  sets:\n    DE: [FR]\n    A: {union: [B], plus: [SE]}\n"
             "    B: {union: [A]}\n    C: [ZZ, A]\n    D: {union: [EUU]}\n"
             "    EU: [FR]\n    E: word\n"));
  EXPECT_THAT(issues, HasSubstr("no set may bear the name of a country, 'DE'"));
  EXPECT_THAT(issues, HasSubstr("'A' is a union of itself"));
  EXPECT_THAT(issues, HasSubstr("'ZZ' is no assigned ISO 3166-1 code"));
  EXPECT_THAT(issues, HasSubstr("a set joins in by {union: [A]"));
  EXPECT_THAT(issues, HasSubstr("there is no set 'EUU'; did you mean 'EU'?"));
  EXPECT_THAT(issues, HasSubstr("set 'E' must be a list of countries"));
  EXPECT_THAT(issues, HasSubstr("'reviewBy' must be a date"));
}

TEST(LoadTest, WithASchemaEveryNameMustBeInIt) {
  std::string schema = Object("LabelSchema",
                              "  labels: {personal: {}, b: {implies: [z]}}\n"
                              "  endorsements: {ok: {authorities: [x]}}\n"
                              "  purposes: [support]\n");
  std::string issues = IssuesOf(
      schema + "---\n" +
      Policy("  - {id: a, effect: Permit, covers: [personel], when: "
             "{purposes: [suport], endorsements: {anyOf: [okk]}}, where: {}}"
             "\n"));
  EXPECT_THAT(issues, HasSubstr("label 'personel' is in no LabelSchema; did "
                                "you mean 'personal'?"));
  EXPECT_THAT(issues, HasSubstr("purpose 'suport' is in no LabelSchema; did "
                                "you mean 'support'?"));
  EXPECT_THAT(issues, HasSubstr("endorsement 'okk' is in no LabelSchema"));
  EXPECT_THAT(issues, HasSubstr("'z' is no label of a LabelSchema"));
}

TEST(LoadTest, UnlabelledIsAlwaysControlled) {
  EXPECT_THAT(IssuesOf(Object("LabelSchema",
                              "  labels: {unlabelled: {controlled: false}}\n")),
              HasSubstr("'unlabelled' is always controlled"));
}

TEST(LoadTest, SixtyFourLabelsFit) {
  auto schema = [](int count) {
    std::string labels = "  labels:\n";
    for (int i = 0; i < count; ++i) {
      labels += "    l" + std::to_string(i) + ": {}\n";
    }
    return Object("LabelSchema", labels);
  };
  // With `unlabelled`, which is always there, 64.
  EXPECT_THAT(IssuesOf(schema(63)), IsEmpty());
  EXPECT_THAT(IssuesOf(schema(64)), HasSubstr("more than 64 labels"));
  auto policy = [](int count) {
    std::string covers;
    for (int i = 0; i < count; ++i) covers += "l" + std::to_string(i) + ",";
    return Policy("  - {id: a, effect: Permit, covers: [" + covers +
                  "], where: {}}\n");
  };
  EXPECT_THAT(IssuesOf(policy(63)), IsEmpty());
  EXPECT_THAT(IssuesOf(policy(64)), HasSubstr("more than 64 labels"));
}

TEST(LoadTest, ALabelNamedOftenIsOneLabel) {
  std::string rules;
  for (int i = 0; i < 300; ++i) {
    rules += "  - {id: r" + std::to_string(i) +
             ", effect: Forbid, when: {labels: {anyOf: [label-of-some-length-" +
             std::to_string(i % 40) + "]}}}\n";
  }
  EXPECT_THAT(IssuesOf(Policy(rules)), IsEmpty());
}

TEST(LoadTest, WarnsOfAPermitWithoutWhere) {
  Loaded loaded =
      Load({{"f.yaml", Policy("  - {id: a, effect: Permit, covers: [x]}\n")}});
  EXPECT_NE(loaded.program, nullptr);
  EXPECT_THAT(Render(loaded.issues), HasSubstr("warning: rule 'a' permits"));
}

TEST(LoadTest, PolicyTestsAreNotPolicies) {
  EXPECT_THAT(IssuesOf("apiVersion: herald.dev/v1alpha1\nkind: PolicyTest\n"
                       "metadata: {name: t}\nspec: {cases: []}\n"),
              IsEmpty());
}

TEST(LoadTest, TheHashNamesTheTextsAndNotTheirOrder) {
  SourceText a{"a", "one"};
  SourceText b{"b", "two"};
  EXPECT_EQ(HashOf({a, b}), HashOf({b, a}));
  EXPECT_NE(HashOf({a, b}), HashOf({a}));
  EXPECT_NE(HashOf({{"", "ab"}, {"", "c"}}), HashOf({{"", "a"}, {"", "bc"}}));
  // printf 3:one | sha256sum
  EXPECT_EQ(HashOf({a}),
            "2a348d0ed7c4e4ce8816f638b7fc6b76e3e054dd9a8a9cdff29853c7b814f2e8");
}

}  // namespace
}  // namespace herald::policy
