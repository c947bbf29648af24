// SPDX-License-Identifier: Apache-2.0
#include "policy/lint.h"

#include <string>

#include "core/base/calendar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Object(const std::string& kind, const std::string& metadata,
                   const std::string& spec) {
  return "---\napiVersion: herald.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {" + metadata + "}\nspec:\n" + spec;
}

std::string Policy(const std::string& rules,
                   const std::string& metadata = "name: p") {
  return Object("RoutingPolicy", metadata, "  rules:\n" + rules);
}

std::string Schema(const std::string& spec) {
  return Object("LabelSchema", "name: s", spec);
}

Linted LintText(const std::string& text,
                const std::vector<LintPeer>* peers = nullptr) {
  Linted linted =
      Lint({{"f.yaml", text}},
           {.now = *ParseRfc3339("2026-11-21T12:00:00Z"), .peers = peers});
  EXPECT_THAT(HasErrors(linted.issues), false) << Render(linted.issues);
  return linted;
}

// "kind rule" of each finding.
std::vector<std::string> KindsOf(const Linted& linted) {
  std::vector<std::string> kinds;
  for (const Finding& one : linted.findings) {
    kinds.push_back(one.kind + (one.rule.empty() ? "" : " " + one.rule));
  }
  return kinds;
}

std::vector<std::string> Kinds(const std::string& text) {
  return KindsOf(LintText(text));
}

std::string Permit(const std::string& id, const std::string& rest) {
  return "  - {id: " + id + ", effect: Permit, covers: [personal], " + rest +
         "}\n";
}
std::string Forbid(const std::string& id, const std::string& rest) {
  return "  - {id: " + id + ", effect: Forbid, " + rest + "}\n";
}
std::string In(const std::string& countries) {
  return "where: {process: {countries: {in: [" + countries + "]}}}";
}

TEST(LintTest, APolicyThatIsMeantHasNoFindings) {
  EXPECT_THAT(Kinds(Policy(Permit("a", In("DE")) + Permit("b", In("US")) +
                           Forbid("c",
                                  "where: {anyNode: {countries: {in: "
                                  "[CN]}}}"))),
              IsEmpty());
}

TEST(LintTest, AFindingSaysWhereWhatAndWhatToDo) {
  Linted linted =
      LintText(Policy(Permit("a", In("DE, FR")) + Permit("b", In("DE"))));
  ASSERT_EQ(linted.findings.size(), 1u);
  EXPECT_EQ(Render(linted.findings[0]),
            "f.yaml:8:10: shadowed-rule: rule p/b: it decides nothing: 'p/a' "
            "covers all that it says; take it out, or make it say what the "
            "other does not\n"
            "      - {id: b, effect: Permit, covers: [personal], where: "
            "{process: {countries: {in: [DE]}}}}\n"
            "             ^\n");
}

TEST(LintTest, OfTwoRulesThatSayTheSameTheLaterOneIsTooMany) {
  EXPECT_THAT(Kinds(Policy(Permit("a", In("DE")) + Permit("b", In("DE")))),
              ElementsAre("shadowed-rule p/b"));
}

TEST(LintTest, AShadowMakesNoEnforcedRuleIdle) {
  std::string wide =
      Object("RoutingPolicy", "name: wide",
             "  mode: Shadow\n  rules:\n" + Permit("a", In("DE, FR")));
  EXPECT_THAT(Kinds(Policy(Permit("a", In("DE"))) + wide), IsEmpty());
  // What it replaces is not weighed with it.
  std::string tried = Object(
      "RoutingPolicy", "name: q",
      "  mode: Shadow\n  replaces: p\n  rules:\n" + Permit("a", In("DE")));
  EXPECT_THAT(Kinds(Policy(Permit("a", In("DE, FR"))) + tried), IsEmpty());
}

TEST(LintTest, APermitThatAForbidCancelsNeverPermits) {
  std::string forbid =
      Forbid("f", "where: {anyNode: {countries: {in: [CN, RU]}}}");
  EXPECT_THAT(Kinds(Policy(Permit("a", In("CN")) + forbid)),
              ElementsAre("cancelled-permit p/a"));
  EXPECT_THAT(Kinds(Policy(Permit("a", In("CN, DE")) + forbid)), IsEmpty());
}

TEST(LintTest, AWhereThatNoNodeCanMeetIsFound) {
  std::string sets = Object("JurisdictionSet", "name: j",
                            "  reviewBy: 2027-01-01\n  sets: {NONE: []}\n");
  EXPECT_THAT(Kinds(sets + Policy(Permit("a", In("NONE")))),
              ElementsAre("empty-where p/a"));
  auto control = [](const std::string& keys) {
    return Policy(
        Permit("a", "where: {process: {operatorControl: {" + keys + "}}}"));
  };
  EXPECT_THAT(Kinds(control("onlyIn: [DE], notOnlyIn: [DE, FR]")),
              ElementsAre("contradictory-where p/a"));
  EXPECT_THAT(Kinds(control("onlyIn: [DE], anyOf: [US]")),
              ElementsAre("contradictory-where p/a"));
  EXPECT_THAT(Kinds(control("notOnlyIn: [DE], anyOf: [US]")), IsEmpty());
  EXPECT_THAT(Kinds(sets + Policy(Permit("a",
                                         "where: {crypto: {keysHeldIn: "
                                         "{in: [NONE]}}}"))),
              ElementsAre("empty-where p/a"));
  Linted forbid =
      LintText(sets + Policy(Permit("a", In("DE")) +
                             Forbid("f",
                                    "where: {anyNode: {countries: {in: "
                                    "[NONE]}}}")));
  ASSERT_THAT(KindsOf(forbid), ElementsAre("empty-where p/f"));
  EXPECT_THAT(forbid.findings[0].text, HasSubstr("only where the fact is "
                                                 "unknown"));
}

TEST(LintTest, APatternThatNoSpiffeIdMatchesIsASlip) {
  auto callers = [](const std::string& pattern) {
    return Kinds(Policy(
        Permit("a", "when: {callers: [\"" + pattern + "\"]}, " + In("DE"))));
  };
  for (const char* fine : {"spiffe://t/a", "*/sa/a", "spiffe:*", "*"}) {
    EXPECT_THAT(callers(fine), IsEmpty()) << fine;
  }
  for (const char* slip : {"claims/*", "t/sa/a", "spiffe://", "spife://t/*"}) {
    EXPECT_THAT(callers(slip), ElementsAre("pattern-never-matches p/a"))
        << slip;
  }
}

TEST(LintTest, LabelsThatNoPermitCoversAreRefusedForGood) {
  std::string schema = Schema(
      "  labels: {personal: {}, health: {implies: [basic]}, basic: {}, "
      "idle: {}, unlabelled: {}, public: {controlled: false}}\n");
  EXPECT_THAT(Kinds(schema + Policy(Permit("a", In("DE")) +
                                    Forbid("f",
                                           "when: {labels: {anyOf: "
                                           "[health]}}, where: {anyNode: "
                                           "{tiers: [Cloud]}}"))),
              ElementsAre("label-without-permit", "label-without-permit",
                          "unused-label"));
}

TEST(LintTest, WordsThatNoRuleUsesAreFound) {
  std::string schema = Schema(
      "  labels: {personal: {}}\n  purposes: [a, b]\n"
      "  endorsements:\n    e: {authorities: [\"*\"]}\n"
      "    f: {authorities: []}\n");
  EXPECT_THAT(
      Kinds(schema + Policy(Permit("a",
                                   "when: {purposes: [a], endorsements: "
                                   "{anyOf: [f]}}, " +
                                       In("DE")))),
      ElementsAre("unused-purpose", "unused-endorsement",
                  "endorsement-without-authority"));
}

TEST(LintTest, AForbidOnLabelsWantsASchema) {
  std::string rules =
      Permit("a", In("DE")) +
      Forbid("f",
             "when: {labels: {anyOf: [personnal]}}, where: {anyNode: "
             "{tiers: [Cloud]}}");
  EXPECT_THAT(Kinds(Policy(rules)), ElementsAre("no-label-schema p/f"));
}

TEST(LintTest, AControlledLabelThatGoesAnywhereIsFound) {
  EXPECT_THAT(Kinds(Policy(Permit("a", "where: {}"))),
              ElementsAre("label-goes-anywhere p/a"));
  EXPECT_THAT(Kinds(Policy(Permit("a", "where: {}") +
                           Forbid("f", "where: {anyNode: {tiers: [Cloud]}}"))),
              IsEmpty());
}

TEST(LintTest, WhatCheckWarnsOfIsAFindingToo) {
  EXPECT_THAT(Kinds(Policy("  - {id: a, effect: Permit, covers: [x]}\n")),
              ElementsAre("label-goes-anywhere p/a", "warning"));
}

TEST(LintTest, WhatIsPastItsDayIsFound) {
  auto sets = [](const std::string& review) {
    return Object("JurisdictionSet", "name: j",
                  review + "  sets: {EU: [DE]}\n");
  };
  EXPECT_THAT(Kinds(sets("")), ElementsAre("no-review-date"));
  EXPECT_THAT(Kinds(sets("  reviewBy: 2026-11-20\n")),
              ElementsAre("past-review"));
  // Today is the last day.
  EXPECT_THAT(Kinds(sets("  reviewBy: 2026-11-21\n")), IsEmpty());
  auto observe = [](const std::string& until) {
    return Object("RoutingPolicy", "name: o, namespace: n",
                  "  enforcement: Observe\n  until: " + until + "\n");
  };
  EXPECT_THAT(Kinds(observe("2026-11-20")), ElementsAre("observe-over"));
  EXPECT_THAT(Kinds(observe("2026-11-21")), IsEmpty());
  auto override = [](const std::string& until) {
    return Lint({{"f.yaml", Policy(Permit("a", In("DE")))},
                 {"o.yaml",
                  Object("Override", "name: inc",
                         "  reason: r\n  from: 2026-11-21T09:00:00Z"
                         "\n  until: " +
                             until + "\n  rules:\n" + Permit("b", In("FR")))}},
                {.now = *ParseRfc3339("2026-11-21T12:00:00Z")});
  };
  EXPECT_THAT(KindsOf(override("2026-11-21T11:59:59Z")),
              ElementsAre("override-expired"));
  EXPECT_THAT(KindsOf(override("2026-11-21T12:00:00Z")), IsEmpty());
}

TEST(LintTest, UnderSomeRegimesEncryptionIsNoException) {
  auto text = [](const std::string& value, const std::string& where) {
    return Object("ClusterRoutingPolicy",
                  "name: dsp, annotations: "
                  "{herald.dev/encryption-is-no-exception: \"" +
                      value + "\"}",
                  "  rules:\n" + Forbid("f",
                                        "when: {labels: {anyOf: [personal]}}, "
                                        "where: {anyNode: {countries: {in: "
                                        "[CN]}}}")) +
           Policy(Permit("a", "where: {process: {countries: {in: [DE]}}, " +
                                  where + "}")) +
           Schema("  labels: {personal: {}}\n");
  };
  std::string sealed = "crypto: {endToEnd: true}";
  EXPECT_THAT(Kinds(text("true", sealed)),
              ElementsAre("encryption-exception p/a"));
  EXPECT_THAT(Kinds(text("false", sealed)), IsEmpty());
  EXPECT_THAT(Kinds(text("true", sealed + ", transit: {tiers: [Cloud]}")),
              IsEmpty());
}

TEST(LintTest, APermitThatNoPeerMeetsIsFoundWhereTheFleetIsKnown) {
  Site de;
  de.country = Country::Parse("DE");
  std::vector<LintPeer> peers = {
      {"sum-de", {{"summarizer", {"summarize"}}}, {Node{.site = &de}}}};
  std::string rules =
      Permit("near",
             "when: {purposes: [a], callees: [summarizer]}, " + In("DE")) +
      Permit("far", In("US")) +
      Permit("other", "when: {callees: [planner]}, " + In("DE")) +
      Permit("skilled", "when: {skills: [plan]}, " + In("DE"));
  EXPECT_THAT(
      KindsOf(LintText(Policy(rules), &peers)),
      ElementsAre("permit-without-peer p/far", "permit-without-peer p/other",
                  "permit-without-peer p/skilled"));
  EXPECT_THAT(Kinds(Policy(rules)), IsEmpty());
}

// Traps of YAML are errors of every command that reads policies; lint says
// nothing more where there are some.
TEST(LintTest, TrapsOfYamlAreErrorsThatSayWhatToWrite) {
  auto issues = [](const std::string& text) {
    Linted linted = Lint({{"f.yaml", text}}, {});
    EXPECT_TRUE(HasErrors(linted.issues)) << text;
    EXPECT_TRUE(linted.findings.empty());
    return Render(linted.issues);
  };
  EXPECT_THAT(issues(Policy(Permit("a", In("SE, NO")))),
              HasSubstr("YAML reads NO as a boolean; write \"NO\""));
  EXPECT_THAT(issues(Policy(Permit("0o17", In("SE")))),
              HasSubstr("an octal number"));
  EXPECT_THAT(issues(Policy(Permit("a", In("SE") + ", " + In("DE")))),
              HasSubstr("'where' stands here twice"));
  EXPECT_THAT(issues(Policy(Permit("a", "where: &anchor {}"))),
              HasSubstr("anchor"));
  EXPECT_THAT(issues(Policy(Permit("a", "<<: {}, where: {}"))),
              HasSubstr("merge"));
}

}  // namespace
}  // namespace herald::policy
