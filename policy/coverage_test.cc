// SPDX-License-Identifier: Apache-2.0
#include "policy/coverage.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/fixture.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Runs the cases (each a flow map without its name) over one policy `p`.
CoverageReport CoverageOf(const std::string& rules,
                          const std::vector<std::string>& cases,
                          const std::string& more = "") {
  std::string text =
      "apiVersion: herald.dev/v1alpha1\nkind: PolicyTest\n"
      "metadata: {name: t}\nspec:\n  policies: [p.yaml]\n  cases:\n";
  for (size_t i = 0; i < cases.size(); ++i) {
    text += "  - {name: c" + std::to_string(i) + ", " + cases[i] +
            ", expect: {verdict: Deny}}\n";
  }
  Coverage coverage;
  FixtureResult result = RunFixture(
      {"t.yaml", text},
      [&](const std::string&) { return PolicyText(rules) + more; }, &coverage);
  EXPECT_THAT(result.issues, IsEmpty()) << Render(result.issues);
  return coverage.Report();
}

std::string Case(const std::string& labels, const std::string& country,
                 const std::string& call = "") {
  return "call: {labels: [" + labels + "]" + call + "}, path: [{role: peer" +
         (country.empty() ? "" : ", country: " + country) + "}]";
}

std::vector<std::string> Gaps(const CoverageReport& report) {
  std::vector<std::string> lines;
  for (const CoverageGap& gap : report.gaps) lines.push_back(Render(gap));
  return lines;
}

constexpr char kPermit[] =
    "  - {id: eu, effect: Permit, covers: [personal], where: {process: "
    "{countries: {in: [DE]}}}}\n";

TEST(CoverageTest, APermitIsCoveredWhenItsWantRefusedACallToo) {
  EXPECT_THAT(
      Gaps(CoverageOf(kPermit, {Case("personal", "DE")})),
      ElementsAre(
          "p.yaml:6:10: p/eu: no call was ever refused for want of it\n"
          "p.yaml:6:10: p/eu: where.process.countries.in [DE]: never seen "
          "false, unknown\n"));
  CoverageReport whole = CoverageOf(
      kPermit,
      {Case("personal", "DE"), Case("personal", "US"), Case("personal", "")});
  EXPECT_THAT(Gaps(whole), IsEmpty());
  EXPECT_EQ(Summary(whole), "coverage: 1 of 1 rules both ways, 1 of 1 atoms");
}

TEST(CoverageTest, WhatAsksForAnEmptySetNeedNotBeSeenTrue) {
  const std::string none =
      "---\napiVersion: herald.dev/v1alpha1\nkind: JurisdictionSet\n"
      "metadata: {name: s}\nspec: {sets: {NOBODY: []}}\n";
  CoverageReport report = CoverageOf(
      "  - {id: p, effect: Permit, covers: [personal], where: {}}\n"
      "  - {id: f, effect: Forbid, where: {anyNode: {countries: {in: "
      "[NOBODY]}}}}\n",
      {Case("personal", "DE"), Case("personal", ""), Case("other", "DE")},
      none);
  EXPECT_THAT(Gaps(report), IsEmpty());
}

TEST(CoverageTest, ACallOfOtherLabelsSaysNothingOfAPermit) {
  EXPECT_THAT(Gaps(CoverageOf(kPermit, {Case("other", "US")})),
              ElementsAre(HasSubstr("p/eu: never permitted a call\n")));
}

TEST(CoverageTest, AForbidIsCoveredWhenItLetACallOfItsLabelsThrough) {
  std::string rules =
      "  - {id: any, effect: Permit, covers: [personal, other], where: {}}\n"
      "  - {id: no-us, effect: Forbid, when: {labels: {anyOf: [personal]}}, "
      "where: {anyNode: {countries: {in: [US]}}}}\n";
  // The other label shows its gate false, but not that US is what it asks.
  CoverageReport report = CoverageOf(
      rules, {Case("personal", "US"), Case("other", "US"), Case("odd", "US")});
  EXPECT_THAT(
      Gaps(report),
      ElementsAre("p.yaml:7:10: p/no-us: never left a permitted call alone\n"
                  "p.yaml:7:10: p/no-us: where.anyNode countries.in [US]: "
                  "never seen false, unknown\n"));
  EXPECT_THAT(
      Gaps(CoverageOf(rules, {Case("personal", "US"), Case("other", "US"),
                              Case("personal", "DE"), Case("personal", "")})),
      IsEmpty());
}

TEST(CoverageTest, AnEndorsementThatLiftsIsToBeSeenBothWays) {
  std::string rules =
      "  - {id: any, effect: Permit, covers: [personal], where: {}}\n"
      "  - {id: f, effect: Forbid, when: {labels: {anyOf: [personal]}}, "
      "unlessEndorsed: [ok]}\n";
  EXPECT_THAT(Gaps(CoverageOf(rules, {Case("personal", "US")})),
              ElementsAre(HasSubstr("p/any: never permitted"),
                          HasSubstr("p/f: unlessEndorsed: never seen true")));
}

TEST(CoverageTest, AnObligeIsCoveredByPermittedCalls) {
  std::string rules =
      "  - {id: any, effect: Permit, covers: [personal], where: {}}\n"
      "  - {id: o, effect: Oblige, where: {anyNode: {countries: {in: [US]}}}, "
      "obligations: [{audit: full}]}\n";
  EXPECT_THAT(
      Gaps(CoverageOf(rules, {Case("personal", "US"), Case("personal", "DE"),
                              Case("personal", "")})),
      IsEmpty());
  EXPECT_THAT(Gaps(CoverageOf(rules, {Case("personal", "DE")})),
              ElementsAre(HasSubstr("p/o: never obliged to anything\n")));
}

TEST(CoverageTest, ShadowRulesAreCoveredByWhatTheyWouldDecide) {
  std::string rules =
      "  - {id: any, effect: Permit, covers: [personal], where: {}}\n";
  std::string shadow =
      "---\napiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
      "metadata: {name: q}\nspec:\n  mode: Shadow\n  rules:\n"
      "  - {id: f, effect: Forbid, where: {anyNode: {countries: {in: [US]}}}}"
      "\n";
  EXPECT_THAT(Gaps(CoverageOf(rules,
                              {Case("personal", "US"), Case("personal", "DE"),
                               Case("personal", "")},
                              shadow)),
              IsEmpty());
  EXPECT_THAT(Gaps(CoverageOf(rules, {Case("personal", "DE")}, shadow)),
              ElementsAre(HasSubstr("q/f: never forbade a call\n")));
}

TEST(CoverageTest, TestsThatShareAPolicyAddUp) {
  Coverage coverage;
  std::vector<std::shared_ptr<const Program>> programs;
  for (const char* country : {"DE", "US", ""}) {
    std::vector<SourceText> texts = {{"p.yaml", PolicyText(kPermit)}};
    Reading reading = Read(texts);
    programs.push_back(CompileReading(reading, texts));
    coverage.Begin(reading, *programs.back());
    Site site;
    site.country = Country::Parse(country);
    Node node{.site = &site};
    std::vector<std::string> labels = {"personal"};
    coverage.Ask(Call{.labels = labels}, Path{.nodes = {&node, 1}});
  }
  EXPECT_THAT(Gaps(coverage.Report()), IsEmpty());
}

}  // namespace
}  // namespace herald::policy
