// SPDX-License-Identifier: Apache-2.0
//
// Calls of a peer with an idempotency key: the agent sees each once, whatever
// becomes of its caller, and whoever asks again gets the same answer.
#include "sidecar/call/keyed_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"
#include "tests/support/compile_policy.h"

namespace herald::call {
namespace {

using http::Reset;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

ReplyContext ReplyOf(const FarEnd& caller) {
  return UnpackReply(*caller.head().headers.Get(kContextHeader)).value();
}

class KeyedCallsTest : public testing::Test {
 protected:
  FarEndPtr Send(const std::string& key, const std::string& body = "order",
                 const std::string& path = "/buy") {
    http::RequestHead head = Request("POST", path);
    head.headers.Add("idempotency-key", key);
    FarEndPtr caller = scene_.Deliver(head, context_, /*end=*/body.empty());
    if (!body.empty()) caller->Data(body, true);
    scene_.loop.RunTurn();
    return caller;
  }
  FarEnd& agent() { return scene_.local.far(); }
  size_t reached() { return scene_.local.opened.size(); }
  void Done(const std::string& body = "receipt") {
    http::ResponseHead head{.status = 201};
    head.headers.Add("x-order", "17");
    agent().Response(head, false);
    agent().Data(body, true);
    scene_.loop.RunTurn();
  }

  Scene scene_;
  CallContext context_ = scene_.Context();
};

TEST_F(KeyedCallsTest, TheFirstOnePassesAsAnyCall) {
  auto caller = Send("k");
  ASSERT_EQ(reached(), 1u);
  EXPECT_EQ(agent().body(), "order");
  EXPECT_EQ(scene_.local.head().headers.Get("idempotency-key"), "k");
  Done();
  EXPECT_EQ(caller->head().status, 201);
  EXPECT_EQ(caller->body(), "receipt");
  EXPECT_EQ(scene_.inbound.open(), 0u);
  EXPECT_EQ(scene_.inbound.keyed_running(), 0u);
  EXPECT_EQ(scene_.handles.Find("handle-1"), nullptr);
}

TEST_F(KeyedCallsTest, AfterTheAnswerASecondOneGetsTheSame) {
  Send("k");
  Done();
  auto again = Send("k");
  EXPECT_EQ(reached(), 1u);
  EXPECT_EQ(again->head().status, 201);
  EXPECT_EQ(again->Header("x-order"), "17");
  EXPECT_EQ(again->body(), "receipt");
  EXPECT_TRUE(again->ended());
  EXPECT_EQ(scene_.CounterValue("herald_calls_replayed_total"), 1u);
  EXPECT_EQ(scene_.inbound.open(), 0u);
}

TEST_F(KeyedCallsTest, WhileTheFirstRunsASecondOneWaits) {
  auto first = Send("k");
  auto second = Send("k");
  auto third = Send("k");
  EXPECT_EQ(reached(), 1u);
  EXPECT_FALSE(second->answered());
  Done();
  for (const auto& caller : {first, second, third}) {
    EXPECT_EQ(caller->head().status, 201);
    EXPECT_EQ(caller->body(), "receipt");
  }
}

TEST_F(KeyedCallsTest, TheAgentGoesOnForACallerThatIsLost) {
  auto lost = Send("k");
  lost->Reset(Reset::kLost);
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.inbound.open(), 0u);
  EXPECT_FALSE(agent().gone());
  EXPECT_NE(scene_.handles.Find("handle-1"), nullptr);  // it may still call
  auto again = Send("k");
  EXPECT_EQ(reached(), 1u);
  Done();
  EXPECT_EQ(again->body(), "receipt");
  EXPECT_EQ(scene_.handles.Find("handle-1"), nullptr);
  EXPECT_EQ(scene_.inbound.keyed_running(), 0u);
}

TEST_F(KeyedCallsTest, ACallerLostInTheMiddleOfItsAnswerGetsItWholeLater) {
  auto lost = Send("k");
  agent().Response(200, false);
  agent().Data("first half, ", false);
  lost->Reset(Reset::kLost);
  agent().Data("second half", true);
  scene_.loop.RunTurn();
  EXPECT_EQ(agent().owed(), 0u);  // all credit was given
  EXPECT_EQ(Send("k")->body(), "first half, second half");
}

TEST_F(KeyedCallsTest, AnAgentThatNeverEndsIsLeftAfterAMinute) {
  Send("k")->Reset(Reset::kLost);
  scene_.loop.RunFor(seconds(60));
  EXPECT_TRUE(agent().gone());
  EXPECT_EQ(scene_.inbound.keyed_running(), 0u);
  auto again = Send("k");
  EXPECT_EQ(again->head().status, 502);
  EXPECT_THAT(again->body(), HasSubstr("outcome-unknown"));
}

TEST_F(KeyedCallsTest, HalfARequestIsCancelled) {
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  auto caller = scene_.Deliver(head, context_, /*end=*/false);
  caller->Data("half", false);
  caller->Reset(Reset::kLost);
  EXPECT_TRUE(agent().gone());
  auto again = Send("k");
  EXPECT_EQ(reached(), 1u);
  EXPECT_EQ(again->head().status, 502);
}

TEST_F(KeyedCallsTest, AShortRequestReachesTheAgentWholeOrNotAtAll) {
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  head.content_length = 5;
  auto lost = scene_.Deliver(head, context_, /*end=*/false);
  lost->Data("or", false);
  EXPECT_EQ(reached(), 0u);
  lost->Reset(Reset::kLost);
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.inbound.keyed_running(), 0u);
  auto again = scene_.Deliver(head, context_, /*end=*/false);
  again->Data("or", false);
  again->Data("der", true);
  ASSERT_EQ(reached(), 1u);
  EXPECT_EQ(agent().body(), "order");
  EXPECT_TRUE(agent().ended());
  agent().SentAll();
  EXPECT_EQ(again->owed(), 0u);
  Done();
  EXPECT_EQ(again->body(), "receipt");
}

// The first one's connection is dead, and only its idle timeout would tell.
TEST_F(KeyedCallsTest, HalfARequestGivesWayToTheSameCallWhole) {
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  head.content_length = 5;
  auto dead = scene_.Deliver(head, context_, /*end=*/false);
  dead->Data("or", false);
  auto again = scene_.Deliver(head, context_, /*end=*/false);
  again->Data("order", true);
  ASSERT_EQ(reached(), 1u);
  Done();
  EXPECT_EQ(again->body(), "receipt");
  EXPECT_EQ(dead->head().status, 502);
  EXPECT_TRUE(ReplyOf(*dead).not_processed);
  EXPECT_EQ(scene_.inbound.open(), 1u);  // the dead one's request is open
}

TEST_F(KeyedCallsTest, ARequestThatAwaitsAWordBeforeItsBodyIsNotHeldBack) {
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  head.content_length = 5;
  head.expects_continue = true;
  scene_.Deliver(head, context_, /*end=*/false);
  EXPECT_EQ(reached(), 1u);
}

TEST_F(KeyedCallsTest, AnotherRequestWithTheSameKeyIsRefused) {
  Send("k");
  Done();
  for (auto other : {Send("k", "order of another"), Send("k", "order", "/sell"),
                     Send("k", "")}) {
    EXPECT_EQ(other->head().status, 422);
    EXPECT_THAT(other->body(), HasSubstr("problems/key-reused"));
    EXPECT_FALSE(ReplyOf(*other).not_processed);
  }
  EXPECT_EQ(reached(), 1u);
}

TEST_F(KeyedCallsTest, ItIsRefusedWhileTheFirstRunsToo) {
  Send("k");
  EXPECT_EQ(Send("k", "order of another")->head().status, 422);
}

TEST_F(KeyedCallsTest, AnAnswerTooLongToKeepIsNotGivenAgain) {
  auto first = Send("k");
  auto waits = Send("k");
  const std::string piece(40'000, 'x');
  agent().Response(200, false);
  agent().Data(piece, false);
  scene_.loop.RunTurn();
  EXPECT_FALSE(waits->answered());
  agent().Data(piece, false);  // more than 64 KiB: no need to wait any more
  scene_.loop.RunTurn();
  EXPECT_EQ(waits->head().status, 409);
  EXPECT_THAT(waits->body(), HasSubstr("problems/already-done"));
  EXPECT_FALSE(ReplyOf(*waits).not_processed);
  agent().Data("end", true);
  EXPECT_EQ(first->body().size(), 80'003u);
  EXPECT_EQ(Send("k")->head().status, 409);
}

TEST_F(KeyedCallsTest, AnAnswerOf64KiBIsKept) {
  Send("k");
  Done(std::string(64 * 1024, 'x'));
  EXPECT_EQ(Send("k")->body().size(), 64u * 1024);
}

TEST_F(KeyedCallsTest, WhatNeverReachedTheAgentMayComeAgain) {
  auto first = Send("k");
  auto waits = Send("k");
  agent().Reset(Reset::kNotSent);
  scene_.loop.RunTurn();
  for (const auto& caller : {first, waits}) {
    EXPECT_EQ(caller->head().status, 502);
    EXPECT_TRUE(ReplyOf(*caller).not_processed);
  }
  Send("k");
  EXPECT_EQ(reached(), 2u);
}

TEST_F(KeyedCallsTest, AnAgentThatBrokeOffIsNotAskedAgain) {
  Send("k");
  agent().Reset(Reset::kLost);
  scene_.loop.RunTurn();
  auto again = Send("k");
  EXPECT_EQ(reached(), 1u);
  EXPECT_EQ(again->head().status, 502);
  EXPECT_THAT(again->body(), HasSubstr("outcome-unknown"));
  EXPECT_FALSE(ReplyOf(*again).not_processed);
}

TEST_F(KeyedCallsTest, AnErrorOfTheAgentIsItsAnswer) {
  Send("k");
  agent().Response(500, true);
  EXPECT_EQ(Send("k")->head().status, 500);
  EXPECT_EQ(reached(), 1u);
}

TEST_F(KeyedCallsTest, NotNowIsNoAnswerToKeep) {
  for (int status : {429, 503}) {
    const size_t before = reached();
    Send("k");
    auto waits = Send("k");
    agent().Response(status, true);
    scene_.loop.RunTurn();
    EXPECT_EQ(waits->head().status, status);
    Send("k");
    EXPECT_EQ(reached(), before + 2);
    agent().Response(status, true);
    scene_.loop.RunTurn();
  }
}

TEST_F(KeyedCallsTest, TrailersAreKept) {
  Send("k");
  agent().Response(200, false);
  http::Headers trailers;
  trailers.Add("grpc-status", "0");
  agent().Trailers(trailers);
  auto again = Send("k");
  ASSERT_TRUE(again->trailers().has_value());
  EXPECT_EQ(again->trailers()->Get("grpc-status"), "0");
}

TEST_F(KeyedCallsTest, AnAnswerThatIsGivenAgainIsNoLoad) {
  Send("k");
  scene_.loop.RunFor(milliseconds(200));
  Done();
  EXPECT_EQ(scene_.load.Report(scene_.loop.Now()).ttfb, milliseconds(200));
  for (int i = 0; i < 20; ++i) Send("k");
  EXPECT_EQ(scene_.load.Report(scene_.loop.Now()).ttfb, milliseconds(200));
}

TEST_F(KeyedCallsTest, TheKeyOfAnotherCallerIsAnotherKey) {
  Send("k");
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  head.headers.Add(kContextHeader, Pack(context_));
  auto far = std::make_shared<FarEnd>(/*server=*/true);
  Origin origin;
  origin.identity = "spiffe://acme.example/agent/somebody-else";
  scene_.inbound.OnCall(origin, head, test::MakeFakeStream(far), true);
  EXPECT_EQ(reached(), 2u);
}

TEST_F(KeyedCallsTest, PolicyIsAskedBeforeAnAnswerIsGivenAgain) {
  Send("k");
  Done();
  context_.labels = {"health"};
  EXPECT_EQ(Send("k")->head().status, 403);
}

TEST_F(KeyedCallsTest, APolicyThatCutsTheCallCutsItAtTheAgent) {
  Send("k");
  scene_.program = test::CompilePolicy(R"(
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - {id: anything, effect: Permit, covers: [unlabelled], where: {}}
  - {id: never, effect: Forbid, where: {}}
)");
  scene_.inbound.OnPolicyChange();
  scene_.loop.RunTurn();
  EXPECT_TRUE(agent().gone());
  EXPECT_EQ(scene_.inbound.keyed_running(), 0u);
}

// --- what a repetition is promised

TEST_F(KeyedCallsTest, EachAnswerSaysSinceWhenWeRemember) {
  scene_.loop.RunFor(seconds(5));
  auto probe = scene_.Deliver(Request("HEAD", "/.herald/load"));
  ASSERT_TRUE(ReplyOf(*probe).memory.has_value());
  EXPECT_EQ(ReplyOf(*probe).memory->reach, Duration(seconds(5)));
}

TEST_F(KeyedCallsTest, ARepetitionIsServedOnlyByTheMemoryItMeans) {
  scene_.loop.RunFor(seconds(5));
  auto probe = scene_.Deliver(Request("HEAD", "/.herald/load"));
  const uint64_t id = ReplyOf(*probe).memory->id;
  context_.repeats = {id + 1, seconds(4)};  // another process
  auto restarted = Send("k");
  EXPECT_EQ(restarted->head().status, 502);
  EXPECT_THAT(restarted->body(), HasSubstr("outcome-unknown"));
  EXPECT_FALSE(ReplyOf(*restarted).not_processed);
  context_.repeats = {id, seconds(5)};  // before we were there
  EXPECT_EQ(Send("k")->head().status, 502);
  EXPECT_EQ(reached(), 0u);
  context_.repeats = {id, seconds(4)};  // the first attempt never came here
  Send("k");
  EXPECT_EQ(reached(), 1u);
}

TEST_F(KeyedCallsTest, AKeyThatCannotBeOneIsABadRequest) {
  EXPECT_EQ(Send(std::string(300, 'k'))->head().status, 400);
  EXPECT_EQ(reached(), 0u);
}

}  // namespace
}  // namespace herald::call
