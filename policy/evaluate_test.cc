// SPDX-License-Identifier: Apache-2.0
#include "policy/evaluate.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/load.h"
#include "policy/question_builder.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPersonalInDe[] =
    "  - {id: a, effect: Permit, covers: [personal], where: {process: "
    "{countries: {in: [DE]}}}}\n";

TEST(EvaluateTest, WithoutAnyPolicyEverythingIsDenied) {
  Decision decision = Question().Peer("DE").Ask(*Load({}).program);
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_FALSE(decision.permit);
  EXPECT_EQ(decision.reason, "no policy is configured");
}

TEST(EvaluateTest, TheMinimalPolicyPermitsUnlabelledCallsOnly) {
  Loaded loaded = Load({{"p.yaml", std::string(kMinimalPolicy)}});
  ASSERT_THAT(loaded.issues, IsEmpty());
  EXPECT_TRUE(Question().Peer("DE").Ask(*loaded.program).permit);
  Decision labelled =
      Question().Label("personal").Peer("DE").Ask(*loaded.program);
  EXPECT_FALSE(labelled.permit);
  EXPECT_THAT(labelled.unpermitted, ElementsAre("personal"));
}

TEST(EvaluateTest, APermitHoldsForEveryNodeThatSeesClearText) {
  auto program = Rules(kPersonalInDe);
  auto personal = [] { return Question().Label("personal"); };
  EXPECT_TRUE(personal().Peer("DE").Ask(*program).permit);
  EXPECT_FALSE(personal().Peer("FR").Ask(*program).permit);
  EXPECT_TRUE(personal().OpaqueRelay("US").Peer("DE").Ask(*program).permit);
  EXPECT_FALSE(personal().ClearRelay("US").Peer("DE").Ask(*program).permit);
}

TEST(EvaluateTest, UnknownNeverSatisfiesAPermitAndAlwaysAForbid) {
  auto program = Rules(
      "  - {id: all, effect: Permit, covers: [unlabelled], where: {}}\n"
      "  - {id: no-cn, effect: Forbid, where: {anyNode: {countries: {in: "
      "[CN]}}}}\n" +
      std::string(kPersonalInDe));
  EXPECT_TRUE(Question().Peer("DE").Ask(*program).permit);
  Decision decision = Question().Peer("").Ask(*program);
  EXPECT_FALSE(decision.permit);
  EXPECT_THAT(decision.rules, ElementsAre("p/no-cn"));
}

TEST(EvaluateTest, EveryControlledLabelNeedsItsOwnPermit) {
  auto program = Rules(
      "  - {id: a, effect: Permit, covers: [a], where: {}}\n"
      "  - {id: b, effect: Permit, covers: [b], where: {process: {countries: "
      "{in: [DE]}}}}\n",
      "  labels: {a: {}, b: {}, ab: {implies: [a, b]}, open: {controlled: "
      "false}}\n");
  EXPECT_TRUE(Question().Label("a").Peer("US").Ask(*program).permit);
  EXPECT_TRUE(Question().Label("a").Label("b").Peer("DE").Ask(*program).permit);
  EXPECT_THAT(
      Question().Label("a").Label("b").Peer("US").Ask(*program).unpermitted,
      ElementsAre("b"));
  // `ab` brings a and b, and needs a permit of its own.
  EXPECT_THAT(Question().Label("ab").Peer("US").Ask(*program).unpermitted,
              ElementsAre("b", "ab"));
  EXPECT_TRUE(Question().Label("open").Peer("US").Ask(*program).permit);
}

TEST(EvaluateTest, ALabelThatTheSchemaDoesNotKnowDenies) {
  auto program = Rules("  - {id: a, effect: Permit, covers: [a], where: {}}\n",
                       "  labels: {a: {}}\n");
  Decision decision = Question().Label("x").Peer("DE").Ask(*program);
  EXPECT_FALSE(decision.permit);
  EXPECT_EQ(decision.reason, "label 'x' is in no LabelSchema");
}

TEST(EvaluateTest, AForbidForAllConcernsALabelThatNoRuleNames) {
  auto program = Rules("  - {id: stop, effect: Forbid}\n");
  Decision decision = Question().Label("x").Label("y").Peer("DE").Ask(*program);
  EXPECT_THAT(decision.rules, ElementsAre("p/stop"));
}

TEST(EvaluateTest, EveryLabelThatNoRuleNamesIsListed) {
  auto program = Rules(kPersonalInDe);
  Decision decision =
      Question().Label("x").Label("y").Label("x").Peer("DE").Ask(*program);
  EXPECT_THAT(decision.unpermitted, ElementsAre("x", "y"));
}

TEST(EvaluateTest, AnEndorsementLiftsAForbid) {
  auto program = Rules(
      "  - {id: all, effect: Permit, covers: [card], where: {}}\n"
      "  - {id: stop, effect: Forbid, when: {skills: [\"llm/*\"]}, "
      "unlessEndorsed: [tokenised]}\n");
  auto card = [] { return Question().Label("card").Peer("DE"); };
  EXPECT_FALSE(card().Skill("llm/a/b").Ask(*program).permit);
  EXPECT_FALSE(card().Ask(*program).permit);  // an unknown skill may be llm/*
  EXPECT_TRUE(card().Skill("pay").Ask(*program).permit);
  EXPECT_TRUE(card().Skill("llm/a").Endorsed("tokenised").Ask(*program).permit);
}

TEST(EvaluateTest, APolicyOfANamespaceConcernsOnlyItsCallers) {
  Loaded loaded = Load(
      {{"p.yaml",
        "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
        "metadata: {name: p, namespace: claims}\nspec:\n  rules:\n"
        "  - {id: a, effect: Permit, covers: [unlabelled], where: {}}\n"}});
  ASSERT_NE(loaded.program, nullptr);
  auto& program = *loaded.program;
  EXPECT_TRUE(Question().Namespace("claims").Peer("DE").Ask(program).permit);
  EXPECT_FALSE(Question().Namespace("other").Peer("DE").Ask(program).permit);
  EXPECT_TRUE(Question().Peer("DE").Ask(program).permit);
}

TEST(EvaluateTest, APermitWhoseObligationNobodyMeetsPermitsNothing) {
  const char* rules =
      "  - {id: m, effect: Permit, covers: [a], where: {}, obligations: "
      "[{meter: subjects}]}\n"
      "  - {id: e, effect: Permit, covers: [b], where: {}, obligations: "
      "[{encrypt: endToEnd}, {audit: digest}]}\n";
  auto program = Rules(rules);
  EXPECT_FALSE(Question().Label("a").Peer("DE").Ask(*program).permit);
  EXPECT_TRUE(Question().Label("b").Peer("DE").Ask(*program).permit);
  EXPECT_FALSE(
      Question().Label("b").ClearRelay("DE").Peer("DE").Ask(*program).permit);
  auto metering = Rules(rules, "", Discharge{.meter = true});
  Decision decision = Question().Label("a").Peer("DE").Ask(*metering);
  ASSERT_TRUE(decision.permit);
  EXPECT_THAT(decision.permit->obligations().meters, ElementsAre("subjects"));
}

TEST(EvaluateTest, AnObligeRuleAddsToWhatPermits) {
  auto program = Rules(
      "  - {id: a, effect: Permit, covers: [a], where: {}, obligations: "
      "[{audit: digest}]}\n"
      "  - {id: o, effect: Oblige, where: {anyNode: {countries: {in: [US]}}}, "
      "obligations: [{audit: full}]}\n"
      "  - {id: n, effect: Oblige, where: {anyNode: {countries: {in: [CN]}}}, "
      "obligations: [{notify: dpo}]}\n");
  auto audit = [&](const char* country) {
    return Question().Label("a").Peer(country).Ask(*program).obligations.audit;
  };
  EXPECT_EQ(audit("DE"), Obligations::Audit::kDigest);
  EXPECT_EQ(audit("US"), Obligations::Audit::kFull);
  Decision cn = Question().Label("a").Peer("CN").Ask(*program);
  EXPECT_FALSE(cn.permit);
  EXPECT_THAT(cn.rules, ElementsAre("p/n"));
  EXPECT_THAT(cn.reason, HasSubstr("obligation"));
}

TEST(EvaluateTest, AnEmptyListOfControlIsInNoJurisdiction) {
  auto program = Rules(
      "  - {id: a, effect: Permit, covers: [a], where: {process: "
      "{operatorControl: {onlyIn: [DE]}}}}\n"
      "  - {id: b, effect: Permit, covers: [b], where: {process: "
      "{operatorControl: {notOnlyIn: [DE]}}}}\n");
  Question none;
  none.Peer("DE").site().operator_control.emplace();
  EXPECT_FALSE(Question(none).Label("a").Ask(*program).permit);
  EXPECT_TRUE(Question(none).Label("b").Ask(*program).permit);
}

TEST(EvaluateTest, AShadowPolicyIsAskedSeparately) {
  Loaded loaded =
      Load({{"p.yaml", std::string(kMinimalPolicy) +
                           "---\napiVersion: herald.dev/v1alpha1\n"
                           "kind: ClusterRoutingPolicy\nmetadata: {name: s}\n"
                           "spec:\n  mode: Shadow\n  rules:\n"
                           "  - {id: stop, effect: Forbid}\n"}});
  ASSERT_NE(loaded.program, nullptr) << Render(loaded.issues);
  Question question;
  question.Peer("DE");
  EXPECT_TRUE(question.Ask(*loaded.program).permit);
  ASSERT_TRUE(loaded.program->has_shadow());
  Decision shadow =
      EvaluateShadow(*loaded.program, question.call(), question.path());
  EXPECT_EQ(shadow.verdict, Verdict::kDeny);
  EXPECT_FALSE(shadow.permit);
  EXPECT_THAT(shadow.rules, ElementsAre("s/stop"));
}

TEST(EvaluateTest, AnEmptyPathIsDenied) {
  Loaded loaded = Load({{"p.yaml", std::string(kMinimalPolicy)}});
  EXPECT_FALSE(Question().Ask(*loaded.program).permit);
}

TEST(EvaluateTest, DefaultDenyNamesTheClosestPermitOfEachLabel) {
  auto program = Rules(
      "  - {id: far, effect: Permit, covers: [a], when: {purposes: [x]}, "
      "where: {process: {countries: {in: [DE]}}}}\n"
      "  - {id: near, effect: Permit, covers: [a], where: {process: "
      "{countries: {in: [DE]}}}}\n"
      "  - {id: also-near, effect: Permit, covers: [a], where: {process: "
      "{countries: {in: [FR]}}}}\n");
  EXPECT_THAT(Question().Label("a").Peer("US").Ask(*program).rules,
              ElementsAre("p/also-near"));
}

}  // namespace
}  // namespace herald::policy
