// SPDX-License-Identifier: Apache-2.0
//
// Calls between two agents of one sidecar: what the side of the callee does
// for calls of peers it does for these.
#include "sidecar/call/own_hop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/audit/meters.h"
#include "sidecar/call/scene_testing.h"
#include "sidecar/routing/admission.h"
#include "tests/support/compile_policy.h"
#include "tests/support/temporary_folder.h"

namespace herald::call {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr size_t kInside = routing::GradientLimit::kFirst;

class OwnHopTest : public testing::Test {
 protected:
  OwnHopTest() {
    scene_.environment.self.endpoint =
        Peer("planner-0", "DE", scene_.environment.self.agents);
    scene_.loop.RunFor(seconds(1));  // keys are vouched for from the start on
  }

  http::RequestHead ToPlanner(std::string_view labels = "") {
    http::RequestHead head = Request("POST", "/plan");
    head.authority = "planner.herald";
    if (!labels.empty()) head.headers.Add("herald-labels", labels);
    return head;
  }
  FarEndPtr Ask(http::RequestHead head, bool end = true) {
    FarEndPtr caller = scene_.Ask(std::move(head), end);
    scene_.loop.RunTurn();
    return caller;
  }
  size_t reached() { return scene_.local.opened.size(); }
  FarEnd& agent() { return scene_.local.far(); }
  void Answer(int status = 200) {
    ASSERT_GT(reached(), 0u);
    agent().Response(status, true);
    scene_.loop.RunFor(milliseconds(1));
  }

  Scene scene_;
};

TEST_F(OwnHopTest, TheAgentGetsWhatACallOfAPeerBringsIt) {
  auto caller = Ask(ToPlanner("personal"), /*end=*/false);
  caller->Data("where to?", true);
  scene_.loop.RunTurn();
  ASSERT_EQ(reached(), 1u);
  EXPECT_TRUE(scene_.mesh.opened.empty());
  const http::Headers& headers = scene_.local.head().headers;
  EXPECT_EQ(headers.Get("herald-call"), "handle-1");
  EXPECT_EQ(headers.Get("herald-caller"), scene_.environment.self.identity);
  EXPECT_EQ(headers.Get("herald-labels"), "personal");
  EXPECT_FALSE(headers.Get(kContextHeader));
  EXPECT_EQ(agent().body(), "where to?");
  agent().Response(200, false);
  agent().Data("there", true);
  scene_.loop.RunFor(milliseconds(1));
  EXPECT_EQ(caller->head().status, 200);
  EXPECT_EQ(caller->Header("herald-peer"), "planner-0");
  EXPECT_EQ(caller->Header(kContextHeader), "");
  EXPECT_EQ(caller->body(), "there");
  EXPECT_TRUE(caller->ended());
  EXPECT_EQ(scene_.outbound.open() + scene_.inbound.open(), 0u);
}

TEST_F(OwnHopTest, ANameThatIsNearlyOursIsToldOurs) {
  http::RequestHead head = ToPlanner();
  head.authority = "planer.herald";
  auto caller = Ask(std::move(head));
  EXPECT_EQ(caller->head().status, 404);
  EXPECT_THAT(caller->body(), HasSubstr("did you mean 'planner'?"));
}

TEST_F(OwnHopTest, BothSidesRecordIt) {
  Ask(ToPlanner("audited"));
  Answer();
  std::vector<std::string> lines;
  for (const std::string& line : scene_.decisions.lines) {
    const bool caller = line.find("\"side\":\"caller\"") != std::string::npos;
    const bool decision = line.find("\"outcome\"") == std::string::npos;
    lines.push_back(std::string(caller ? "caller" : "callee") +
                    (decision ? " decides" : " ends"));
  }
  EXPECT_THAT(lines, ElementsAre("caller decides", "callee decides",
                                 "callee ends", "caller ends"));
}

TEST_F(OwnHopTest, ItWaitsForItsTurnAtTheGate) {
  for (size_t i = 0; i < kInside; ++i) {
    scene_.Deliver(Request("POST", "/"), scene_.Context());
  }
  auto caller = Ask(ToPlanner());
  EXPECT_EQ(reached(), kInside);
  scene_.local.opened[0].far->Response(200, true);
  scene_.loop.RunTurn();
  ASSERT_EQ(reached(), kInside + 1);
  EXPECT_EQ(scene_.local.head().path, "/plan");
  Answer();
  EXPECT_EQ(caller->head().status, 200);
}

TEST_F(OwnHopTest, WhatWaitedTooLongIsTurnedAway) {
  for (size_t i = 0; i < kInside; ++i) {
    scene_.Deliver(Request("POST", "/"), scene_.Context());
  }
  auto caller = Ask(ToPlanner());
  scene_.loop.RunFor(seconds(10));
  EXPECT_EQ(reached(), kInside);
  EXPECT_EQ(caller->head().status, 429);
}

TEST_F(OwnHopTest, ItIsLoadLikeAnyOther) {
  Ask(ToPlanner());
  EXPECT_EQ(scene_.load.in_flight(), 1u);
  Answer();
  EXPECT_EQ(scene_.load.in_flight(), 0u);
}

TEST_F(OwnHopTest, ARepetitionGetsTheFirstAnswer) {
  http::RequestHead head = ToPlanner();
  head.headers.Add("idempotency-key", "k");
  Ask(head);
  Answer(201);
  auto again = Ask(head);
  scene_.loop.RunFor(milliseconds(1));
  EXPECT_EQ(reached(), 1u);
  EXPECT_EQ(again->head().status, 201);
}

// Its first attempt was here, and who serves the agent by now does not know.
TEST_F(OwnHopTest, ARepetitionComesBackWhereOthersServeTheAgentByNow) {
  http::RequestHead head = ToPlanner();
  head.headers.Add("idempotency-key", "k");
  auto gone = Ask(head);
  gone->Reset(http::Reset::kCancelled);
  scene_.Know({Peer("planner-1", "DE", scene_.environment.self.agents)});
  auto again = Ask(head);
  EXPECT_TRUE(scene_.mesh.opened.empty());
  EXPECT_EQ(reached(), 1u);
  Answer(201);
  EXPECT_EQ(again->head().status, 201);
}

TEST_F(OwnHopTest, ACallerThatLeavesTakesItsCallAlong) {
  auto caller = Ask(ToPlanner());
  caller->Reset(http::Reset::kCancelled);
  scene_.loop.RunFor(milliseconds(1));
  EXPECT_TRUE(agent().gone());
  EXPECT_EQ(scene_.outbound.open() + scene_.inbound.open(), 0u);
}

TEST_F(OwnHopTest, AnAgentThatIsAwayIsNamedWithItsFault) {
  auto caller = Ask(ToPlanner());
  agent().Reset(http::Reset::kNotSent);
  scene_.loop.RunFor(milliseconds(1));
  EXPECT_EQ(caller->head().status, 502);
  EXPECT_THAT(caller->body(), HasSubstr("agent 'planner' of planner-0"));
}

// Peers are sent elsewhere; our agents go on calling each other until the end.
TEST_F(OwnHopTest, WhileWeDrainItGoesOn) {
  scene_.environment.draining = true;
  scene_.load.SetDraining(true);
  for (size_t i = 1; i <= 2; ++i) {
    auto caller = Ask(ToPlanner());
    ASSERT_EQ(reached(), i);
    Answer();
    EXPECT_EQ(caller->head().status, 200);
  }
}

TEST_F(OwnHopTest, ItIsMeteredOnce) {
  test::TemporaryFolder folder;
  audit::Meters meters([] {});
  ASSERT_TRUE(meters.Open(folder / "meters").ok());
  ASSERT_TRUE(meters.Prepare({"plans"}).ok());
  scene_.environment.meters = &meters;
  policy::Discharge discharge;
  discharge.meter = true;
  scene_.program = test::CompilePolicy(R"(
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - {id: all, effect: Permit, covers: [unlabelled], obligations: [{meter: plans}]}
)",
                                       discharge);
  Ask(ToPlanner());
  Answer();
  EXPECT_EQ(meters.Counts().at("plans"), 1u);
}

}  // namespace
}  // namespace herald::call
