// SPDX-License-Identifier: Apache-2.0
//
// Calls of peers before the gate of our agent: who enters, who waits, who is
// turned away, and what they are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/inbound.h"
#include "sidecar/call/inbound_gate.h"
#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using http::Reset;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr size_t kInside = routing::GradientLimit::kFirst;
constexpr size_t kWaiting = 100;

// An agent that has as many calls as it is let serve.
class FullAgent {
 public:
  FullAgent() {
    for (size_t i = 0; i < kInside; ++i) inside.push_back(Send());
    EXPECT_EQ(scene.local.opened.size(), kInside);
  }

  FarEndPtr Send(bool end = true) {
    return scene.Deliver(Request("POST", "/"), scene.Context(), end);
  }
  FarEndPtr SendUrgent(std::string_view priority) {
    http::RequestHead head = Request("GET", std::string("/") + priority.data());
    head.headers.Add("priority", priority);
    return scene.Deliver(head, scene.Context());
  }
  size_t opened() const { return scene.local.opened.size(); }
  FarEnd& agent(size_t i) { return *scene.local.opened[i].far; }
  ReplyContext ReplyTo(const FarEnd& caller) {
    return UnpackReply(*caller.head().headers.Get(kContextHeader)).value();
  }
  double Gauge(const std::string& name) {
    scene.metrics.RenderText();
    return scene.metrics.gauge(name, "", "agent=\"planner\"").value();
  }

  Scene scene;
  std::vector<FarEndPtr> inside;
};

TEST(InboundAdmissionTest, OneMoreThanTheAgentServesWaitsForAnAnswer) {
  FullAgent full;
  auto late = full.Send();
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.opened(), kInside);
  EXPECT_EQ(full.Gauge("herald_admission_waiting"), 1);
  EXPECT_EQ(full.Gauge("herald_admission_limit"), kInside);
  full.agent(0).Response(200, true);
  full.scene.loop.RunTurn();
  ASSERT_EQ(full.opened(), kInside + 1);
  full.agent(kInside).Response(200, true);
  EXPECT_EQ(late->head().status, 200);
}

TEST(InboundAdmissionTest, AStreamGivesItsPlaceBackWithItsFirstByte) {
  FullAgent full;
  full.Send();
  full.agent(0).Response(200, false);  // of no known length
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.opened(), kInside) << "a head alone is no answer yet";
  full.agent(0).Data("data: 1\n\n", false);
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.opened(), kInside + 1);
  EXPECT_EQ(full.scene.load.in_flight(), kInside);
  full.agent(0).Data("data: 2\n\n", true);
  EXPECT_EQ(full.inside[0]->body(), "data: 1\n\ndata: 2\n\n");
}

TEST(InboundAdmissionTest, AnAnswerOfKnownLengthIsBegunByItsHead) {
  FullAgent full;
  full.Send();
  full.agent(0).Response({.status = 200, .content_length = 5}, false);
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.opened(), kInside + 1);
}

TEST(InboundAdmissionTest, WhoWaitsASecondIsTurnedAwayUntouched) {
  FullAgent full;
  auto late = full.Send();
  full.scene.loop.RunFor(seconds(1));
  EXPECT_EQ(late->head().status, 429);
  EXPECT_EQ(late->Header("retry-after"), "1");
  EXPECT_THAT(late->body(), HasSubstr("problems/overloaded"));
  EXPECT_TRUE(full.ReplyTo(*late).not_processed);
  EXPECT_TRUE(full.ReplyTo(*late).own_answer);
  EXPECT_EQ(full.opened(), kInside);
  EXPECT_EQ(full.scene.load.in_flight(), kInside);
  EXPECT_EQ(
      full.scene.metrics
          .counter("herald_admission_refused_total", "", "agent=\"planner\"")
          .value(),
      1u);
}

TEST(InboundAdmissionTest, BeyondAHundredThatWaitTheNextIsRefusedAtOnce) {
  FullAgent full;
  std::vector<FarEndPtr> waiting;
  for (size_t i = 0; i < kWaiting; ++i) waiting.push_back(full.Send());
  auto one_more = full.Send();
  EXPECT_EQ(one_more->head().status, 429);
  EXPECT_TRUE(waiting[0]->heads().empty());
  // Callers are told of a load they can compare.
  EXPECT_EQ(full.ReplyTo(*one_more).load.in_flight, kInside + kWaiting);
  EXPECT_EQ(full.ReplyTo(*one_more).load.limit, kInside);
}

TEST(InboundAdmissionTest, TheUrgentGoFirst) {
  FullAgent full;
  full.SendUrgent("u=6");
  full.SendUrgent("u=1, i");
  full.agent(0).Response(200, true);
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.scene.local.head().path, "/u=1, i");
}

TEST(InboundAdmissionTest, BodiesThatWaitAreBounded) {
  FullAgent full;
  auto large = full.Send(/*end=*/false);
  large->Data(std::string(600 << 10, 'x'), false);
  auto other = full.Send(/*end=*/false);
  other->Data(std::string(300 << 10, 'x'), false);
  full.scene.loop.RunTurn();
  EXPECT_TRUE(other->heads().empty());
  large->Data(std::string(200 << 10, 'x'), true);
  full.scene.loop.RunTurn();
  EXPECT_EQ(other->head().status, 429) << "both are one caller's: the newest";
  EXPECT_TRUE(large->heads().empty());
}

TEST(InboundAdmissionTest, WhatWasHeldGoesToTheAgentWhole) {
  FullAgent full;
  auto late = full.Send(/*end=*/false);
  late->Data("first ", false);
  full.agent(0).Response(200, true);
  full.scene.loop.RunTurn();
  late->Data("second", true);
  EXPECT_EQ(full.agent(kInside).body(), "first second");
}

TEST(InboundAdmissionTest, TheDeadlineCountsWhileOneWaits) {
  FullAgent full;
  CallContext context = full.scene.Context();
  context.timeout = milliseconds(200);
  auto late = full.scene.Deliver(Request("POST", "/"), context);
  full.scene.loop.RunFor(milliseconds(200));
  EXPECT_EQ(late->head().status, 504);
  EXPECT_THAT(late->body(), HasSubstr("waited for its turn"));
  EXPECT_TRUE(full.ReplyTo(*late).not_processed);
  EXPECT_EQ(full.Gauge("herald_admission_waiting"), 0);
}

TEST(InboundAdmissionTest, ACallerThatLeavesFreesItsPlaceInTheQueue) {
  FullAgent full;
  auto late = full.Send();
  late->Reset(Reset::kCancelled);
  full.agent(0).Response(200, true);
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.opened(), kInside);
  EXPECT_EQ(full.scene.load.in_flight(), kInside - 1);
}

TEST(InboundAdmissionTest, AnAgentThatFailsFreesThePlace) {
  FullAgent full;
  full.Send();
  full.agent(0).Reset(Reset::kNotSent);
  full.scene.loop.RunTurn();
  EXPECT_EQ(full.opened(), kInside + 1);
}

TEST(InboundAdmissionTest, CallsOfPeersAreBoundedAltogether) {
  Scene scene;
  scene.environment.open_calls = 2;
  auto stream = scene.Deliver(Request("GET", "/"), scene.Context());
  scene.local.far().Response(200, false);
  scene.local.far().Data("x", false);
  auto second = scene.Deliver(Request("GET", "/"), scene.Context());
  auto third = scene.Deliver(Request("GET", "/"), scene.Context());
  EXPECT_EQ(third->head().status, 429);
  EXPECT_EQ(third->Header("retry-after"), "1");
  EXPECT_TRUE(second->heads().empty());
  EXPECT_EQ(scene.Deliver(Request("HEAD", "/.herald/load"))->head().status,
            204);
}

TEST(InboundAdmissionTest, UrgencyIsReadAsRfc9218WritesIt) {
  EXPECT_EQ(UrgencyOf(""), 3);
  EXPECT_EQ(UrgencyOf("u=0"), 0);
  EXPECT_EQ(UrgencyOf("i, u=7"), 7);
  EXPECT_EQ(UrgencyOf("u=1;x=2 , i=?0"), 1);
  EXPECT_EQ(UrgencyOf("u=5, u=2"), 2);
  EXPECT_EQ(UrgencyOf("u=8"), 3);
  EXPECT_EQ(UrgencyOf("u=12"), 3);
  EXPECT_EQ(UrgencyOf("au=1"), 3);
  EXPECT_EQ(UrgencyOf("u=,,,"), 3);
}

}  // namespace
}  // namespace herald::call
