// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/recent_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"
#include "tests/support/compile_policy.h"

namespace herald::call {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

std::shared_ptr<const policy::Program> Permits(const std::string& countries) {
  return test::CompilePolicy(R"(
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - id: there
    effect: Permit
    covers: [personal]
    where: {process: {countries: {in: )" +
                             countries + "}}}\n");
}

class RecentCallsTest : public testing::Test {
 protected:
  void Note(int times, const std::string& agent = "summarizer",
            bool inbound = false) {
    CallFacts call;
    call.caller = "spiffe://acme.example/agent/planner";
    call.agent = agent;
    call.said = {"personal"};
    for (int i = 0; i < times; ++i) {
      recent_.Note(call, inbound, scene_.loop.Now());
    }
  }
  Weighing Weigh(const std::string& before, const std::string& after) {
    return recent_.Weigh(*Permits(before), *Permits(after), scene_.environment);
  }

  Scene scene_;
  RecentCalls recent_;
};

// The peers stand in DE, FR and US; the scene's own node in DE.
TEST_F(RecentCallsTest, ACallThatSomePeerMayStillServeIsNotNewlyDenied) {
  Note(3);
  Weighing weighing = Weigh("[DE, FR, US]", "[US]");
  EXPECT_EQ(weighing.calls, 3u);
  EXPECT_EQ(weighing.newly_denied, 0u);
}

TEST_F(RecentCallsTest, ACallThatNobodyMayServeAnyMoreIs) {
  Note(3);
  Weighing weighing = Weigh("[DE]", "[CH]");
  EXPECT_EQ(weighing.newly_denied, 3u);
  EXPECT_EQ(weighing.share(), 1.0);
  ASSERT_EQ(weighing.examples.size(), 1u);
  EXPECT_THAT(weighing.examples[0].call, HasSubstr("summarizer"));
  EXPECT_THAT(weighing.examples[0].call, HasSubstr("personal"));
  EXPECT_EQ(weighing.examples[0].why, "p/there");
}

TEST_F(RecentCallsTest, WhatWasDeniedBeforeIsNotNewlyDenied) {
  Note(3);
  EXPECT_EQ(Weigh("[CH]", "[CH]").newly_denied, 0u);
}

TEST_F(RecentCallsTest, CallsToUsAreWeighedByOurOwnSite) {
  Note(2, "planner", /*inbound=*/true);
  EXPECT_EQ(Weigh("[DE]", "[FR]").newly_denied, 2u);
  EXPECT_EQ(Weigh("[DE, FR]", "[DE]").newly_denied, 0u);
}

TEST_F(RecentCallsTest, TheMostFrequentExampleComesFirst) {
  Note(1, "planner", true);
  Note(2);
  Weighing weighing = Weigh("[DE]", "[CH]");
  ASSERT_EQ(weighing.examples.size(), 2u);
  EXPECT_EQ(weighing.examples[0].count, 2u);
}

TEST_F(RecentCallsTest, AfterTenMinutesACallIsForgotten) {
  Note(1);
  scene_.loop.RunFor(minutes(5));
  Note(2);
  EXPECT_EQ(Weigh("[DE]", "[CH]").calls, 3u);
  scene_.loop.RunFor(minutes(5));
  EXPECT_EQ(Weigh("[DE]", "[CH]").calls, 2u);
  scene_.loop.RunFor(minutes(5));
  EXPECT_EQ(Weigh("[DE]", "[CH]").calls, 0u);
  Note(1);
  EXPECT_EQ(Weigh("[DE]", "[CH]").calls, 1u);
}

TEST_F(RecentCallsTest, RemembersNoMoreClassesThanItsBound) {
  for (size_t i = 0; i < RecentCalls::kMaxClasses; ++i) {
    Note(1, "agent-" + std::to_string(i));
  }
  EXPECT_EQ(recent_.classes(), RecentCalls::kMaxClasses);
  Note(1, "one-too-many");
  EXPECT_EQ(recent_.classes(), RecentCalls::kMaxClasses);
  scene_.loop.RunFor(minutes(11));
  Note(1, "later");
  EXPECT_EQ(recent_.classes(), 1u);
}

}  // namespace
}  // namespace herald::call
