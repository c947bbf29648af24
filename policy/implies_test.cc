// SPDX-License-Identifier: Apache-2.0
#include "policy/implies.h"

#include <string>

#include "gtest/gtest.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

constexpr char kSchema[] =
    "  labels: {personal: {}, health: {implies: [personal]}, other: {}}\n"
    "  endorsements: {e: {authorities: [\"*\"]}, f: {authorities: [\"*\"]}}\n";

bool CoversRule(const std::string& wide, const std::string& narrow) {
  auto program =
      Rules("  - {id: w, " + wide + "}\n  - {id: n, " + narrow + "}\n", kSchema,
            {true, Discharge::Retain::kAlways});
  return Covers(program->rule(0), program->rule(1), program->labels());
}

bool CancelsRule(const std::string& forbid, const std::string& permit) {
  auto program = Rules("  - {id: f, effect: Forbid, " + forbid +
                           "}\n  - {id: p, effect: Permit, " + permit + "}\n",
                       kSchema);
  return Cancels(program->rule(0), program->rule(1), program->labels());
}

std::string Permit(const std::string& rest) {
  return "effect: Permit, covers: [personal], " + rest;
}
std::string Process(const std::string& facts) {
  return Permit("where: {process: {" + facts + "}}");
}
std::string Any(const std::string& facts) {
  return "effect: Forbid, where: {anyNode: {" + facts + "}}";
}

TEST(ImpliesTest, AWiderPermitCoversANarrowerOne) {
  struct Case {
    const char* wide;
    const char* narrow;
  };
  for (const Case& one : {
           Case{"countries: {in: [DE, FR]}", "countries: {in: [DE]}"},
           {"operatorControl: {onlyIn: [DE, FR]}",
            "operatorControl: {onlyIn: [DE]}"},
           {"operatorControl: {anyOf: [DE, FR]}",
            "operatorControl: {onlyIn: [DE]}"},
           {"operatorControl: {notOnlyIn: [DE]}",
            "operatorControl: {notOnlyIn: [DE, FR]}"},
           {"tiers: [Cloud, Device]", "tiers: [Device]"},
           {"assurance: {allOf: [a]}", "assurance: {allOf: [b, a]}"},
           {"attestation: {min: declared}", "attestation: {min: platform}"},
           {"countries: {in: [DE]}", "countries: {in: [DE]}, tiers: [Device]"},
       }) {
    EXPECT_TRUE(CoversRule(Process(one.wide), Process(one.narrow)))
        << one.wide << " / " << one.narrow;
    EXPECT_FALSE(CoversRule(Process(one.narrow), Process(one.wide)))
        << one.narrow << " / " << one.wide;
  }
}

TEST(ImpliesTest, SelectorsCoverByWhatTheyMatch) {
  auto when = [](const std::string& text) {
    return Permit("when: {" + text + "}, where: {}");
  };
  EXPECT_TRUE(CoversRule(when("skills: [\"llm/*\"]"),
                         when("skills: [llm/a, \"llm/*/b\"]")));
  EXPECT_FALSE(
      CoversRule(when("skills: [\"llm/*\"]"), when("skills: [\"*\"]")));
  EXPECT_TRUE(CoversRule(Permit("where: {}"), when("purposes: [a]")));
  EXPECT_FALSE(CoversRule(when("purposes: [a]"), Permit("where: {}")));
  // A purpose is a name, not a pattern.
  EXPECT_FALSE(CoversRule(when("purposes: [\"*\"]"), when("purposes: [a]")));
  EXPECT_TRUE(CoversRule(when("endorsements: {anyOf: [e, f]}"),
                         when("endorsements: {allOf: [e, f]}")));
  EXPECT_FALSE(CoversRule(when("endorsements: {allOf: [e, f]}"),
                          when("endorsements: {anyOf: [e, f]}")));
}

TEST(ImpliesTest, APermitThatObligesToMoreIsNoIdleOne) {
  std::string strict = Permit("where: {}, obligations: [{audit: full}]");
  EXPECT_FALSE(CoversRule(Permit("where: {}"), strict));
  EXPECT_TRUE(CoversRule(strict, Permit("where: {}")));
}

TEST(ImpliesTest, AWiderForbidCoversANarrowerOne) {
  EXPECT_TRUE(CoversRule(Any("tiers: [Cloud]"),
                         Any("tiers: [Cloud], countries: {in: [US]}")));
  EXPECT_FALSE(CoversRule(Any("tiers: [Cloud], countries: {in: [US]}"),
                          Any("tiers: [Cloud]")));
  EXPECT_TRUE(
      CoversRule(Any("tiers: [Cloud]"),
                 "effect: Forbid, where: {anyProcess: {tiers: [Cloud]}}"));
  // The gate of the narrow one implies the wide one's.
  EXPECT_TRUE(CoversRule("effect: Forbid, when: {labels: {anyOf: [personal]}}",
                         "effect: Forbid, when: {labels: {anyOf: [health]}}"));
  EXPECT_FALSE(
      CoversRule("effect: Forbid, when: {labels: {anyOf: [health]}}",
                 "effect: Forbid, when: {labels: {anyOf: [personal]}}"));
  EXPECT_FALSE(
      CoversRule("effect: Forbid, unlessEndorsed: [e]", "effect: Forbid"));
  EXPECT_FALSE(
      CoversRule("effect: Forbid, onChange: finish", "effect: Forbid"));
}

TEST(ImpliesTest, AForbidCancelsAPermitThatAsksForWhatItForbids) {
  EXPECT_TRUE(CancelsRule("where: {anyNode: {countries: {in: [CN, RU]}}}",
                          "covers: [personal], where: {process: {countries: "
                          "{in: [CN]}}}"));
  EXPECT_FALSE(CancelsRule("where: {anyNode: {countries: {in: [CN]}}}",
                           "covers: [personal], where: {process: {countries: "
                           "{in: [CN, RU]}}}"));
  // A relay may be missing, so what only `transit` asks finds nobody.
  EXPECT_FALSE(CancelsRule("where: {anyNode: {countries: {in: [CN]}}}",
                           "covers: [personal], where: {transit: {countries: "
                           "{in: [CN]}}}"));
}

TEST(ImpliesTest, AForbidOfALabelCancelsWhatBringsTheLabelAlong) {
  std::string of_personal = "when: {labels: {anyOf: [personal]}}";
  EXPECT_TRUE(CancelsRule(of_personal, "covers: [health], where: {}"));
  EXPECT_FALSE(CancelsRule(of_personal, "covers: [health, other], where: {}"));
  EXPECT_FALSE(CancelsRule("when: {labels: {allOf: [personal, other]}}",
                           "covers: [personal], where: {}"));
  EXPECT_FALSE(CancelsRule(of_personal + ", unlessEndorsed: [e]",
                           "covers: [health], where: {}"));
}

}  // namespace
}  // namespace herald::policy
