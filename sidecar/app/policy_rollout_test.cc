// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compile_policy.h"
#include "tests/support/fake_loop.h"

namespace herald::app {
namespace {

using testing::HasSubstr;

// Different ids make different programs; the loop's time is January 2026.
std::shared_ptr<const policy::Program> Program(
    const std::string& id, const std::string& annotation = "") {
  std::string metadata = "{name: p";
  if (!annotation.empty()) {
    metadata +=
        ", annotations: {herald.dev/may-newly-deny: \"" + annotation + "\"}";
  }
  return test::CompilePolicy(
      "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\nmetadata: " +
      metadata + "}\nspec:\n  rules:\n  - {id: " + id +
      ", effect: Permit, covers: [unlabelled], where: {}}\n");
}

class PolicyRolloutTest : public testing::Test {
 protected:
  PolicyRolloutTest() {
    rollout_.changed = [this] { ++changes_; };
    rollout_.weigh = [this](const policy::Program&, const policy::Program&) {
      return weighing_;
    };
  }
  bool Offer(const std::string& id, const std::string& annotation = "") {
    return rollout_.Offer(Program(id, annotation), {{id, ""}});
  }
  const std::string& InForce() {
    EXPECT_EQ(store_.current(), rollout_.present().program);
    return rollout_.present().texts[0].name;
  }

  test::FakeLoop loop_;
  NullLog log_;
  Metrics metrics_;
  policy::Store store_;
  call::Weighing weighing_;
  int changes_ = 0;
  PolicyRollout rollout_{{.loop = loop_,
                          .log = log_,
                          .metrics = metrics_,
                          .store = store_,
                          .hold = {.share = 0.10, .calls = 20}}};
};

TEST_F(PolicyRolloutTest, WhatIsOfferedFirstIsNotWeighed) {
  weighing_ = {.calls = 100, .newly_denied = 100};
  EXPECT_TRUE(Offer("a"));
  EXPECT_EQ(InForce(), "a");
  EXPECT_EQ(changes_, 1);
}

TEST_F(PolicyRolloutTest, WhatNewlyDeniesTooManyIsHeldAndTheOldOneStays) {
  Offer("a");
  weighing_ = {.calls = 200, .newly_denied = 21};
  EXPECT_FALSE(Offer("b"));
  EXPECT_EQ(InForce(), "a");
  ASSERT_TRUE(rollout_.held());
  EXPECT_EQ(rollout_.held()->weighing.newly_denied, 21u);
  EXPECT_THAT(metrics_.RenderText(), HasSubstr("herald_policy_held 1\n"));
  EXPECT_EQ(changes_, 1);
}

// 20 of 200 are 10 %, which is not more than the share; 19 are not enough
// calls, whatever their share.
TEST_F(PolicyRolloutTest, AtTheBoundsItGoesIn) {
  Offer("a");
  weighing_ = {.calls = 200, .newly_denied = 20};
  EXPECT_TRUE(Offer("b"));
  weighing_ = {.calls = 19, .newly_denied = 19};
  EXPECT_TRUE(Offer("c"));
  weighing_ = {.calls = 20, .newly_denied = 20};
  EXPECT_FALSE(Offer("d"));
}

TEST_F(PolicyRolloutTest, AnAnnotationLetsItInWhileItsDayIsNotOver) {
  Offer("a");
  weighing_ = {.calls = 100, .newly_denied = 100};
  EXPECT_FALSE(Offer("b", "2025-12-31"));
  EXPECT_TRUE(Offer("b", "2026-01-01"));
  EXPECT_FALSE(rollout_.held());
}

TEST_F(PolicyRolloutTest, ALaterPolicyTakesThePlaceOfTheHeldOne) {
  Offer("a");
  weighing_ = {.calls = 100, .newly_denied = 100};
  Offer("b");
  weighing_ = {};
  EXPECT_TRUE(Offer("c"));
  EXPECT_FALSE(rollout_.held());
  EXPECT_EQ(rollout_.history().size(), 2u);
}

TEST_F(PolicyRolloutTest, ARollbackGoesToTheOneBeforeAndFurther) {
  Offer("a");
  Offer("b");
  Offer("c");
  EXPECT_TRUE(rollout_.Rollback("").ok());
  EXPECT_EQ(InForce(), "b");
  EXPECT_TRUE(rollout_.rolled_back());
  EXPECT_TRUE(rollout_.Rollback("").ok());
  EXPECT_EQ(InForce(), "a");
  Status none = rollout_.Rollback("");
  EXPECT_THAT(Message(none), HasSubstr("no earlier policy"));
  EXPECT_EQ(InForce(), "a");
}

TEST_F(PolicyRolloutTest, ARollbackLastsUntilTheFilesChange) {
  Offer("a");
  Offer("b");
  ASSERT_TRUE(rollout_.Rollback("").ok());
  EXPECT_TRUE(Offer("c"));
  EXPECT_EQ(InForce(), "c");
  EXPECT_FALSE(rollout_.rolled_back());
}

TEST_F(PolicyRolloutTest, AHashNamesTheOneToGoTo) {
  Offer("a");
  const std::string hash = rollout_.present().program->hash();
  Offer("b");
  Offer("c");
  EXPECT_EQ(rollout_.Rollback(hash.substr(0, 3)).code(), StatusCode::kNotFound);
  EXPECT_TRUE(rollout_.Rollback(hash.substr(0, 4)).ok());
  EXPECT_EQ(InForce(), "a");
  EXPECT_THAT(Message(rollout_.Rollback(hash)), HasSubstr("already"));
  Status unknown = rollout_.Rollback("no-such-hash");
  EXPECT_THAT(Message(unknown), HasSubstr(hash.substr(0, 12)));
}

TEST_F(PolicyRolloutTest, OnlyTheLatestAreRemembered) {
  for (size_t i = 0; i < PolicyRollout::kHistory + 2; ++i) {
    Offer("r" + std::to_string(i));
  }
  EXPECT_EQ(rollout_.history().size(), PolicyRollout::kHistory);
  EXPECT_EQ(rollout_.history().front().texts[0].name, "r2");
  EXPECT_EQ(InForce(), "r9");
}

// The loop's day is the 1st of January 2026; the review is due after the 2nd.
TEST_F(PolicyRolloutTest, AReviewThatFallsDueWhileInForceIsCounted) {
  rollout_.Offer(test::CompilePolicy(R"(
apiVersion: herald.dev/v1alpha1
kind: JurisdictionSet
metadata: {name: sets}
spec: {source: test, reviewBy: 2026-01-02, sets: {HERE: [DE]}}
)"),
                 {{"sets", ""}});
  loop_.RunFor(std::chrono::hours(24));
  EXPECT_THAT(metrics_.RenderText(),
              HasSubstr("herald_policy_reviews_due 0\n"));
  loop_.RunFor(std::chrono::hours(24));
  EXPECT_THAT(metrics_.RenderText(),
              HasSubstr("herald_policy_reviews_due 1\n"));
}

TEST_F(PolicyRolloutTest, OneHashIsShownAndNoOtherStays) {
  Offer("a");
  const std::string old = rollout_.present().program->hash();
  Offer("b");
  const std::string text = metrics_.RenderText();
  EXPECT_THAT(text, HasSubstr("herald_policy_info{hash=\"" +
                              rollout_.present().program->hash() + "\"} 1"));
  EXPECT_EQ(text.find(old), std::string::npos);
}

}  // namespace
}  // namespace herald::app
