// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <array>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/question_builder.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRules[] =
    "  - {id: eea, effect: Permit, covers: [personal], when: {purposes: "
    "[support]}, where: {process: {countries: {in: [DE, FR]}, "
    "operatorControl: {onlyIn: [DE]}}}}\n"
    "  - {id: card-rule, effect: Permit, covers: [card], where: {}}\n"
    "  - {id: no-cn, effect: Forbid, where: {anyNode: {countries: {in: "
    "[CN]}}}}\n";

Question Personal() { return Question().Label("personal"); }

TEST(ExplainTest, ShowsEachAtomAndTheFirstThatFails) {
  auto program = Rules(kRules);
  Question question;
  question.Label("personal").Purpose("support").OpaqueRelay("CH").Peer("US");
  Explanation explanation = Explain(*program, question.call(), question.path());
  EXPECT_EQ(Render(explanation),
            "Deny: no rule permits personal here\n"
            "  Forbid p/no-cn: does not fire\n"
            "    false   where.anyNode countries.in [CN]\n"
            "  Permit p/eea: does not match\n"
            "    true    when.purposes [support], found support\n"
            "    false   where.process.countries.in [DE, FR], found US at the "
            "peer   <- first that fails\n"
            "    unknown where.process.operatorControl.onlyIn [DE], found "
            "unknown control at the peer\n");
}

TEST(ExplainTest, AgreesWithEvaluate) {
  auto program = Rules(kRules);
  for (const char* country : {"DE", "US", "CN", ""}) {
    Question question;
    question.Label("personal").Purpose("support").Peer(country);
    question.site().operator_control = {*Country::Parse("DE")};
    Decision decision = question.Ask(*program);
    Explanation explanation =
        Explain(*program, question.call(), question.path());
    EXPECT_EQ(decision.verdict, explanation.verdict) << country;
    EXPECT_EQ(
        std::vector<std::string>(decision.rules.begin(), decision.rules.end()),
        explanation.deciding);
  }
}

TEST(ExplainTest, FailedAtomsSayWhatToChange) {
  auto program = Rules(kRules);
  Question us;
  us.Label("personal").Purpose("support").Peer("US");
  us.site().operator_control = {*Country::Parse("DE")};
  EXPECT_THAT(FailedAtoms(*program, us.call(), us.path()),
              ElementsAre("p/eea: where.process.countries.in [DE, FR], found "
                          "US at the peer"));
  Question cn;
  cn.Label("personal").Purpose("support").Peer("CN");
  EXPECT_THAT(FailedAtoms(*program, cn.call(), cn.path()),
              ElementsAre("p/no-cn: forbids this"));
  Question strange;
  strange.Label("secret").Peer("DE");
  EXPECT_THAT(FailedAtoms(*program, strange.call(), strange.path()),
              ElementsAre("no rule permits 'secret'"));
  Question fine;
  fine.Label("card").Peer("US");
  EXPECT_THAT(FailedAtoms(*program, fine.call(), fine.path()), IsEmpty());
}

TEST(ExplainTest, TheNearestCandidateFailsTheFewestAtoms) {
  auto program = Rules(kRules);
  Question us = Personal();
  us.Purpose("support").Peer("US");
  Question fr;
  fr.Label("personal").Purpose("support").Peer("FR");
  std::array<Candidate, 2> candidates = {Candidate{"us", us.path()},
                                         Candidate{"fr", fr.path()}};
  auto nearest = NearestOf(*program, fr.call(), candidates);
  ASSERT_TRUE(nearest);
  EXPECT_EQ(nearest->peer, "fr");
  EXPECT_THAT(nearest->failed,
              ElementsAre(HasSubstr("operatorControl.onlyIn [DE], found "
                                    "unknown control")));
  EXPECT_FALSE(NearestOf(*program, fr.call(), {}));
}

// The twin in another namespace matches; it must not be taken for the one that
// does not, for then the call would seem to be permitted.
TEST(ExplainTest, OfTwoRulesOfOneNameTheRefusingOneIsShown) {
  std::string text = PolicyText(
      "  - {id: a, effect: Permit, covers: [personal], where: {}}\n");
  std::string twin = PolicyText(
      "  - {id: a, effect: Permit, covers: [card], "
      "where: {crypto: {endToEnd: true}}}\n");
  twin.replace(twin.find("{name: p}"), 9, "{name: p, namespace: n}");
  auto program = Load({{"p.yaml", text}, {"twin.yaml", twin}}).program;
  Question question;
  question.Label("personal").Label("card").ClearRelay("DE").Peer("DE");
  EXPECT_THAT(FailedAtoms(*program, question.call(), question.path()),
              ElementsAre(HasSubstr("p/a: where.crypto.endToEnd")));
}

TEST(ExplainTest, WithoutPolicyItSaysSo) {
  Question question;
  question.Peer("DE");
  auto empty = Load({}).program;
  EXPECT_THAT(Render(Explain(*empty, question.call(), question.path())),
              HasSubstr("Deny: no policy is configured"));
  EXPECT_THAT(FailedAtoms(*empty, question.call(), question.path()),
              ElementsAre("no policy is configured"));
}

}  // namespace
}  // namespace herald::policy
