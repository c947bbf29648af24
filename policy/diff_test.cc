// SPDX-License-Identifier: Apache-2.0
#include "policy/diff.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/print_case.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// One side, kept alive.
struct Side {
  explicit Side(const std::string& text)
      : texts{{"p.yaml", text}}, reading(Read(texts)) {
    EXPECT_FALSE(HasErrors(reading.issues)) << Render(reading.issues);
    program = CompileReading(reading, texts, kAsASidecar);
  }
  Judgement judgement() const { return {&reading, program.get()}; }

  std::vector<SourceText> texts;
  Reading reading;
  std::shared_ptr<const Program> program;
};

PolicyDiff DiffTexts(const std::string& before, const std::string& after) {
  Side a(before);
  Side b(after);
  PolicyDiff diff = Diff(a.judgement(), b.judgement());
  for (const Flip& flip : diff.flips) {
    // A witness is one: asked again, it flips.
    EXPECT_TRUE(Flips(*a.program, *b.program, flip.witness))
        << PrintCase(flip.witness, "");
  }
  return diff;
}

PolicyDiff DiffRules(const std::string& before, const std::string& after) {
  return DiffTexts(PolicyText(before), PolicyText(after));
}

// "Permit by a, b" of each flip.
std::vector<std::string> Told(const PolicyDiff& diff) {
  std::vector<std::string> told;
  for (const Flip& flip : diff.flips) {
    std::string line = std::string(ToString(flip.now)) + ":";
    for (const std::string& rule : flip.denied_by) line += " " + rule;
    told.push_back(line);
  }
  return told;
}

std::string Permit(const std::string& id, const std::string& countries,
                   const std::string& when = "") {
  return "  - {id: " + id + ", effect: Permit, covers: [personal], " + when +
         "where: {process: {countries: {in: [" + countries + "]}}}}\n";
}
std::string Forbid(const std::string& id, const std::string& rest) {
  return "  - {id: " + id + ", effect: Forbid, " + rest + "}\n";
}

TEST(DiffTest, TheSamePolicyFlipsNothing) {
  PolicyDiff diff = DiffRules(Permit("a", "DE"), Permit("a", "DE"));
  EXPECT_THAT(diff.flips, IsEmpty());
  EXPECT_GT(diff.calls, 1u);
  EXPECT_GT(diff.paths, 1u);
}

TEST(DiffTest, WhatSaysTheSameOtherwiseFlipsNothing) {
  EXPECT_THAT(
      DiffRules(Permit("a", "DE, FR"),
                Permit("b", "FR") + Permit("c", "DE") + Permit("d", "DE, FR"))
          .flips,
      IsEmpty());
}

TEST(DiffTest, AWiderPermitNewlyPermits) {
  PolicyDiff diff = DiffRules(Permit("a", "DE"), Permit("a", "DE, US"));
  ASSERT_THAT(Told(diff), ElementsAre("Permit: p/a"));
  const Flip& flip = diff.flips[0];
  EXPECT_THAT(flip.unpermitted, ElementsAre("personal"));
  EXPECT_THAT(flip.permitted_by, ElementsAre("p/a"));
  EXPECT_EQ(diff.newly_denied, 0u);
  EXPECT_EQ(PrintCase(flip.witness, ""),
            "- name: \"newly permitted, refused before by want of a permit for "
            "personal\"\n  call: {labels: [personal]}\n  path:\n"
            "  - {role: peer, country: US}\n"
            "  expect: {verdict: Permit, rules: [p/a]}\n");
}

TEST(DiffTest, AFurtherForbidNewlyDeniesByItsName) {
  PolicyDiff diff =
      DiffRules(Permit("a", "DE, US"),
                Permit("a", "DE, US") +
                    Forbid("f", "where: {anyNode: {countries: {in: [US]}}}"));
  ASSERT_THAT(Told(diff), ElementsAre("Deny: p/f"));
  EXPECT_THAT(PrintCase(diff.flips[0].witness, ""),
              HasSubstr("{role: peer, country: US}"));
}

TEST(DiffTest, BothDirectionsAreToldApartAndWorseFirst) {
  EXPECT_THAT(Told(DiffRules(Permit("a", "DE"), Permit("a", "US"))),
              ElementsAre("Permit: p/a", "Deny: p/a"));
}

TEST(DiffTest, EachThingARuleCanAskMakesAClass) {
  struct Case {
    const char* name;
    const char* added;  // to a permit of everything
  };
  for (const Case& one : {
           Case{"skill", "when: {skills: [\"llm/*\"]}"},
           {"purpose", "when: {purposes: [support]}"},
           {"basis", "when: {legalBasis: [consent]}"},
           {"callee", "when: {callees: [x]}"},
           {"caller", "when: {callers: [\"*/sa/b\"]}"},
           {"caller", "when: {callers: [\"spiffe://t/ns/*/sa/b\"]}"},
           {"pair", "when: {labels: {allOf: [personal, other]}}"},
           {"control", "where: {anyNode: {operatorControl: {anyOf: [US]}}}"},
           {"mixed control",
            "where: {anyNode: {operatorControl: {anyOf: [US], notOnlyIn: "
            "[US]}}}"},
           {"tier", "where: {anyNode: {tiers: [Device]}}"},
           {"assurance", "where: {anyNode: {assurance: {allOf: [a, b]}}}"},
           {"attestation", "where: {anyNode: {attestation: {min: hardware}}}"},
           {"keys", "where: {crypto: {keysHeldIn: {in: [CN]}}}"},
           {"clear relay",
            "where: {anyProcess: {tiers: [Cloud]}, anyNode: {countries: {in: "
            "[CN]}}}"},
       }) {
    std::string any =
        "  - {id: a, effect: Permit, covers: [personal, other], where: {}}\n";
    EXPECT_THAT(Told(DiffRules(any, any + Forbid("f", one.added))),
                ElementsAre("Deny: p/f"))
        << one.name;
  }
}

TEST(DiffTest, RelaysMakeClassesOfTheirOwn) {
  auto permit = [](const std::string& where) {
    return "  - {id: a, effect: Permit, covers: [personal], where: {" + where +
           "}}\n";
  };
  std::string process = "process: {countries: {in: [DE]}}";
  PolicyDiff transit = DiffRules(
      permit(process), permit(process + ", transit: {countries: {in: [DE]}}"));
  ASSERT_THAT(Told(transit), ElementsAre("Deny: p/a"));
  EXPECT_EQ(transit.flips[0].witness.path.size(), 2u);
  PolicyDiff sealed = DiffRules(permit(process),
                                permit(process + ", crypto: {endToEnd: true}"));
  ASSERT_THAT(Told(sealed), ElementsAre("Deny: p/a"));
  EXPECT_TRUE(sealed.flips[0].witness.path[0].terminates);
}

TEST(DiffTest, APromiseOfRetentionIsPartOfAPeer) {
  auto permit = [](const std::string& retain) {
    return "  - {id: a, effect: Permit, covers: [personal], where: {}, "
           "obligations: [{retain: " +
           retain + "}]}\n";
  };
  PolicyDiff diff = DiffRules(permit("1h"), permit("2h"));
  ASSERT_THAT(Told(diff), ElementsAre("Permit: p/a"));
  EXPECT_EQ(diff.flips[0].witness.path[0].site.retention,
            std::chrono::hours(2));
}

std::string Object(const std::string& kind, const std::string& metadata,
                   const std::string& spec) {
  return "---\napiVersion: herald.dev/v1alpha1\nkind: " + kind +
         "\nmetadata: {" + metadata + "}\nspec: {" + spec + "}\n";
}

TEST(DiffTest, FloorsChangeWhatACallIs) {
  auto schema = [](const std::string& floors) {
    return Object("LabelSchema", "name: s",
                  "labels: {personal: {}, health: {}}" + floors);
  };
  std::string rules = PolicyText(Permit("a", "DE"));
  PolicyDiff diff = DiffTexts(
      rules + schema(""),
      rules + schema(", floors: [{callers: [\"spiffe://t/ns/*\"], labels: "
                     "[health]}]"));
  ASSERT_EQ(diff.flips.size(), 1u);
  EXPECT_EQ(diff.flips[0].now, Verdict::kDeny);
  EXPECT_THAT(diff.flips[0].unpermitted, ElementsAre("health"));
}

TEST(DiffTest, AnObservedNamespaceIsOpenUntilItsDay) {
  std::string rules = PolicyText(Permit("a", "DE"));
  PolicyDiff diff = DiffTexts(
      rules, rules + Object("RoutingPolicy", "name: o, namespace: n",
                            "enforcement: Observe, until: 2027-01-15"));
  ASSERT_FALSE(diff.flips.empty());
  EXPECT_EQ(diff.newly_denied, 0u);
  EXPECT_EQ(diff.flips[0].witness.scope, "n");
  EXPECT_TRUE(diff.flips[0].witness.at);
}

TEST(DiffTest, ShadowsGiveNoVerdict) {
  std::string rules = PolicyText(Permit("a", "DE"));
  EXPECT_THAT(DiffTexts(rules, rules + Object("RoutingPolicy", "name: q",
                                              "mode: Shadow, rules: [{id: f, "
                                              "effect: Forbid}]"))
                  .flips,
              IsEmpty());
}

TEST(DiffTest, WhatWasTakenInPartIsSaid) {
  Side side(PolicyText(Permit("a", "DE", "when: {purposes: [p, q]}, ")));
  std::vector<Judgement> sides = {side.judgement()};
  EXPECT_THAT(ClassesOf(sides).bounds, IsEmpty());
  Classes part = ClassesOf(sides, {.calls = 3, .nodes = 1, .paths = 1});
  EXPECT_THAT(part.bounds,
              ElementsAre(HasSubstr("calls: "), HasSubstr("nodes: ")));
}

}  // namespace
}  // namespace herald::policy
