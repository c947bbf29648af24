// SPDX-License-Identifier: Apache-2.0
#include "policy/claims.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/question_builder.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kSchema[] =
    "  labels:\n"
    "    personal: {}\n"
    "    health: {implies: [personal]}\n"
    "    public: {controlled: false, mayAssert: [\"*/ns/web/*\"]}\n"
    "  floors:\n"
    "  - {callers: [\"*/ns/claims/*\"], skills: [triage], labels: [health]}\n"
    "  - {callees: [ledger], labels: [personal]}\n"
    "  endorsements:\n"
    "    tokenised: {authorities: [\"*/sa/tokeniser\"]}\n";
constexpr char kClaims[] = "spiffe://t/ns/claims/sa/a";
constexpr char kWeb[] = "spiffe://t/ns/web/sa/a";

class ClaimsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Of(const Question& question) {
    return WithFloors(*program_, question.call());
  }
  std::shared_ptr<const Program> program_ = Rules(
      "  - {id: a, effect: Permit, covers: [personal], where: {}}\n", kSchema);
};

TEST_F(ClaimsTest, AFloorAddsToWhateverIsSaid) {
  Question call;
  call.Caller(kClaims).Callee("x").Skill("triage");
  EXPECT_THAT(Of(call), ElementsAre("health"));
  EXPECT_THAT(Of(Question(call).Label("personal")),
              ElementsAre("personal", "health"));
  EXPECT_THAT(Of(Question(call).Skill("chat")), IsEmpty());
}

TEST_F(ClaimsTest, AnUnknownSkillMayBeTheFloorsAndLeavesTheCallUnlabelled) {
  Question call;
  call.Caller(kClaims).Callee("x");
  EXPECT_THAT(Of(call), ElementsAre("health", "unlabelled"));
}

TEST_F(ClaimsTest, AGuardedLabelIsTheWordOfThoseWhoMayAssertIt) {
  EXPECT_THAT(
      Of(Question().Caller(kWeb).Callee("x").Skill("s").Label("public")),
      ElementsAre("public"));
  Question other;
  other.Callee("x").Skill("s").Label("public");
  EXPECT_THAT(Of(Question(other).Caller(kClaims)),
              ElementsAre("public", "unlabelled"));
  EXPECT_THAT(Of(other), ElementsAre("public", "unlabelled"))
      << "a caller that nobody knows";
}

TEST_F(ClaimsTest, WhatIsSentOnIsJudgedAlikeThere) {
  Question call;
  call.Caller(kClaims).Callee("ledger").Label("public");
  std::vector<std::string> sent = Of(call);
  Question again;
  again.Caller(kClaims).Callee("ledger");
  for (const std::string& label : sent) again.Label(label);
  EXPECT_EQ(Of(again), sent);
}

// What a floor gives is said to the callee, which must not take it for the
// caller's word.
TEST_F(ClaimsTest, AGuardedLabelOfAFloorIsNobodysWord) {
  auto program = Rules("  - {id: a, effect: Permit, covers: [x], where: {}}\n",
                       "  labels:\n    x: {}\n"
                       "    public: {controlled: false, mayAssert: [nobody]}\n"
                       "  floors:\n"
                       "  - {callees: [board], labels: [public]}\n"
                       "  - {skills: [post], labels: [public]}\n");
  Question sure;
  sure.Caller(kWeb).Callee("board").Skill("read");
  EXPECT_THAT(WithFloors(*program, sure.call()), ElementsAre("public"));
  EXPECT_THAT(WithFloors(*program, Question(sure).Label("public").call()),
              ElementsAre("public"));
  Question possible;
  possible.Caller(kWeb).Callee("blog").Label("x");
  EXPECT_THAT(WithFloors(*program, possible.call()),
              ElementsAre("x", "public", "unlabelled"));
}

TEST_F(ClaimsTest, AnEndorsementCountsFromItsAuthorityOnly) {
  std::vector<std::string> claimed = {"tokenised", "unheard-of"};
  Endorsements known = CountingEndorsements(
      *program_, "spiffe://t/ns/pay/sa/tokeniser", claimed);
  EXPECT_THAT(known.counting, ElementsAre("tokenised"));
  EXPECT_THAT(known.dropped, ElementsAre("unheard-of"));
  EXPECT_THAT(CountingEndorsements(*program_, kClaims, claimed).counting,
              IsEmpty());
  EXPECT_THAT(CountingEndorsements(*program_, "", claimed).counting, IsEmpty());
}

}  // namespace
}  // namespace herald::policy
