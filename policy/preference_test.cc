// SPDX-License-Identifier: Apache-2.0
#include "policy/preference.h"

#include "gtest/gtest.h"
#include "policy/question_builder.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

using namespace std::chrono_literals;

size_t At(Tier tier) { return static_cast<size_t>(tier); }

TEST(PreferenceTest, WithoutPreferRulesNothingIsSaid) {
  auto program = Rules("  - {id: a, effect: Forbid}\n");
  EXPECT_EQ(PreferenceFor(*program, Question().call()), Preference{});
}

TEST(PreferenceTest, TheMostSpecificSelectorWinsKeyByKey) {
  auto program = Rules(
      "  - {id: all, effect: Prefer, prefer: {tiers: [{tier: Cloud, handicap: "
      "10ms}, {tier: NearEdge, handicap: 5ms}]}}\n"
      "  - {id: chat, effect: Prefer, when: {skills: [\"chat/*\"]}, prefer: "
      "{tiers: [{tier: Cloud, handicap: 20ms}]}}\n"
      "  - {id: one, effect: Prefer, when: {skills: [chat/one]}, prefer: "
      "{tiers: [{tier: Cloud, handicap: 30ms}]}}\n");
  auto cloud = [&](const char* skill) {
    Question question;
    question.Skill(skill);
    return PreferenceFor(*program, question.call()).handicap[At(Tier::kCloud)];
  };
  EXPECT_EQ(cloud("other"), 10ms);
  EXPECT_EQ(cloud("chat/two"), 20ms);
  EXPECT_EQ(cloud("chat/one"), 30ms);
  Question one;
  one.Skill("chat/one");
  Preference preference = PreferenceFor(*program, one.call());
  EXPECT_EQ(preference.handicap[At(Tier::kNearEdge)], 5ms);
  EXPECT_EQ(preference.handicap[At(Tier::kDevice)], std::nullopt);
}

TEST(PreferenceTest, BoundsTakeTheLeast) {
  auto program = Rules(
      "  - {id: a, effect: Prefer, prefer: {maxRtt: 50ms, cost: "
      "{ceilingPerGiB: 0.2, msPerCent: 3}}}\n"
      "  - {id: b, effect: Prefer, when: {callees: [x]}, prefer: {maxRtt: "
      "120ms, cost: {ceilingPerGiB: 0.09}}}\n");
  Question question;
  question.Callee("x");
  Preference preference = PreferenceFor(*program, question.call());
  EXPECT_EQ(preference.max_rtt, 50ms);
  ASSERT_TRUE(preference.cost);
  EXPECT_EQ(preference.cost->ceiling_per_gib, 0.09);
  EXPECT_EQ(preference.cost->ms_per_cent, 3);
}

TEST(PreferenceTest, NearnessAndWeightsAreTakenWhole) {
  auto program = Rules(
      "  - {id: a, effect: Prefer, prefer: {near: {country: DE, bonus: 20ms}, "
      "weights: [{peers: [\"gpt-*\"], weight: 90}, {peers: [x], weight: 0}]}}\n"
      "  - {id: b, effect: Prefer, when: {callees: [x]}, prefer: {near: "
      "{operator: acme, bonus: 5ms}}}\n");
  Question question;
  question.Callee("x");
  const Preference preference = PreferenceFor(*program, question.call());
  ASSERT_NE(preference.near, nullptr);
  EXPECT_EQ(preference.near->country, std::nullopt);
  EXPECT_EQ(preference.near->operator_name, "acme");
  EXPECT_EQ(preference.near->bonus, 5ms);
  ASSERT_NE(preference.weights, nullptr);
  ASSERT_EQ(preference.weights->size(), 2u);
  EXPECT_EQ(preference.weights->at(0).weight, 90u);
  EXPECT_TRUE(preference.weights->at(0).peers[0].Matches("gpt-4"));
}

TEST(PreferenceTest, WeightsOfTheMoreSpecificRuleHold) {
  auto program = Rules(
      "  - {id: a, effect: Prefer, prefer: {weights: [{peers: [y], weight: 1}, "
      "{peers: [z], weight: 2}]}}\n"
      "  - {id: b, effect: Prefer, when: {callees: [x]}, prefer: {weights: "
      "[{peers: [x], weight: 9}]}}\n");
  Question question;
  question.Callee("x");
  const Preference preference = PreferenceFor(*program, question.call());
  ASSERT_NE(preference.weights, nullptr);
  ASSERT_EQ(preference.weights->size(), 1u);
  EXPECT_EQ(preference.weights->at(0).weight, 9u);
}

TEST(PreferenceTest, OfTwoAsSpecificTheFirstByNameHolds) {
  auto program = Rules(
      "  - {id: b, effect: Prefer, prefer: {near: {country: FR, bonus: 2ms}}}\n"
      "  - {id: a, effect: Prefer, prefer: {near: {country: DE, bonus: "
      "1ms}}}\n");
  const Preference preference = PreferenceFor(*program, Question().call());
  ASSERT_NE(preference.near, nullptr);
  EXPECT_EQ(preference.near->bonus, 1ms);
}

TEST(PreferenceTest, WhatIsOnlyObservedIsNotFollowed) {
  Loaded loaded =
      Load({{"p.yaml",
             "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
             "metadata: {name: p}\nspec:\n  mode: Shadow\n  rules:\n"
             "  - {id: a, effect: Prefer, prefer: {maxRtt: 50ms}}\n"}},
           {});
  ASSERT_NE(loaded.program, nullptr) << Render(loaded.issues);
  EXPECT_EQ(PreferenceFor(*loaded.program, Question().call()), Preference{});
}

TEST(PreferenceTest, AnUnknownSkillSelectsNothing) {
  auto program = Rules(
      "  - {id: a, effect: Prefer, when: {skills: [x]}, prefer: {maxRtt: "
      "50ms}}\n");
  EXPECT_EQ(PreferenceFor(*program, Question().call()).max_rtt, std::nullopt);
}

}  // namespace
}  // namespace herald::policy
