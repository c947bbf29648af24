// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a call when its peer fails: what may be repeated, what never
// is, and what the agent is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sidecar/call/scene_testing.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

using http::Reset;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

http::RequestHead Timed(std::string_view timeout) {
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-timeout", timeout);
  return head;
}

std::set<std::string> PeersTried(const Scene& scene) {
  std::set<std::string> out;
  for (const auto& opened : scene.mesh.opened) out.insert(opened.peer);
  return out;
}

TEST(OutboundAttemptsTest, EveryCallProbesOnePeerThatItDoesNotGoTo) {
  Scene scene;
  std::set<std::string> all;
  for (int i = 0; i < 60; ++i) {
    scene.Ask(Request("GET", "/x"));
    ASSERT_EQ(scene.mesh.probed.size(), scene.mesh.opened.size());
    EXPECT_NE(scene.mesh.probed.back(), scene.mesh.peer());
    all.insert(scene.mesh.probed.back());
  }
  EXPECT_EQ(all.size(), 3u) << "each of them now and then";
}

TEST(OutboundAttemptsTest, PeerThatPolicyForbidsIsNotProbedForTheCall) {
  Scene scene;
  http::RequestHead personal = Request("GET", "/x");
  personal.headers.Add("herald-labels", "personal");
  for (int i = 0; i < 20; ++i) scene.Ask(personal);
  EXPECT_THAT(scene.mesh.probed, testing::Each(testing::Ne("sum-us")));
}

class UntouchedTest : public testing::TestWithParam<Reset> {};

TEST_P(UntouchedTest, ACallWithAnEffectGoesToTheNextPeerUnseen) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"), /*end=*/false);
  client->Data("order", true);
  scene.mesh.far().Reset(GetParam());
  ASSERT_EQ(scene.mesh.opened.size(), 2u);
  EXPECT_EQ(PeersTried(scene).size(), 2u);
  EXPECT_EQ(scene.mesh.far().body(), "order");
  EXPECT_TRUE(client->heads().empty());
  scene.mesh.far().Response(200, true);
  EXPECT_EQ(client->head().status, 200);
  EXPECT_EQ(scene.CounterValue("herald_repicked_total"), 1u);
}

TEST_P(UntouchedTest, WhenEveryPeerFailsThereIsNoPeer) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"));
  for (int i = 0; i < 3; ++i) scene.mesh.far().Reset(GetParam());
  EXPECT_EQ(scene.mesh.opened.size(), 3u);
  EXPECT_EQ(PeersTried(scene).size(), 3u);
  EXPECT_EQ(client->head().status, 503);
  EXPECT_THAT(client->body(), HasSubstr("can be reached; last, sum-"));
}

INSTANTIATE_TEST_SUITE_P(Resets, UntouchedTest,
                         testing::Values(Reset::kNotSent, Reset::kRefused));

TEST(OutboundAttemptsTest, TheNextPeerIsToldWhichAttemptItIs) {
  Scene scene;
  scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Reset(Reset::kNotSent);
  auto told = UnpackCall(*scene.mesh.head().headers.Get(kContextHeader));
  EXPECT_EQ(told->attempt, 2u);
}

class LostTest : public testing::TestWithParam<Reset> {};

TEST_P(LostTest, AnIdempotentCallIsRepeated) {
  for (auto [method, path] : {std::pair("GET", "/x"), {"POST", "/sum/up"}}) {
    Scene scene;
    auto client = scene.Ask(Request(method, path));
    scene.mesh.far().Reset(GetParam());
    ASSERT_EQ(scene.mesh.opened.size(), 2u) << method;
    scene.mesh.far().Response(200, true);
    EXPECT_EQ(client->head().status, 200);
  }
}

TEST_P(LostTest, AnyOtherCallIsNeverDoubled) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    Scene scene;
    auto client = scene.Ask(Request(method, "/buy"));
    scene.mesh.far().Reset(GetParam());
    EXPECT_EQ(scene.mesh.opened.size(), 1u) << method;
    EXPECT_EQ(client->head().status, 502);
    EXPECT_THAT(client->body(), HasSubstr("problems/outcome-unknown"));
    EXPECT_EQ(client->Header("herald-peer"), scene.mesh.peer());
  }
}

INSTANTIATE_TEST_SUITE_P(Resets, LostTest,
                         testing::Values(Reset::kLost, Reset::kCancelled,
                                         Reset::kInternal));

TEST(OutboundAttemptsTest, NonsenseOfAPeerIsItsFaultAndNotRepeated) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Reset(Reset::kProtocol);
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(client->head().status, 502);
  EXPECT_THAT(client->body(), HasSubstr("problems/bad-agent"));
}

TEST(OutboundAttemptsTest, WhatTheGreetingDeclaresIdempotentIsRepeated) {
  Scene scene;
  for (const char* peer : {"sum-de", "sum-fr", "sum-us"}) {
    scene.peers.OnProbe({.name = peer}, {.status = 200},
                        R"({"agents":[{"name":"summarizer",)"
                        R"("idempotent":["POST /again"]}]})");
  }
  scene.Ask(Request("POST", "/again"));
  scene.mesh.far().Reset(Reset::kLost);
  EXPECT_EQ(scene.mesh.opened.size(), 2u);
}

TEST(OutboundAttemptsTest, ALostCallIsSentFourTimesAtMost) {
  Scene scene;
  discovery::AgentInfo agent{.name = "summarizer"};
  std::vector<discovery::EndpointPtr> peers;
  for (int i = 0; i < 10; ++i) {
    peers.push_back(Peer("sum-" + std::to_string(i), "DE", {agent}));
  }
  scene.Know(peers);
  auto client = scene.Ask(Request("GET", "/x"));
  while (client->heads().empty()) scene.mesh.far().Reset(Reset::kLost);
  EXPECT_EQ(scene.mesh.opened.size(), 4u);
  EXPECT_THAT(client->body(), HasSubstr("problems/outcome-unknown"));
}

TEST(OutboundAttemptsTest, ALongRequestThatWasSentStaysWhereItIs) {
  Scene scene;
  auto client = scene.Ask(Request("GET", "/x"), /*end=*/false);
  client->Data(std::string(100'000, 'x'), false);
  scene.mesh.far().SentAll();
  scene.mesh.far().Reset(Reset::kRefused);
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(client->head().status, 503);
}

TEST(OutboundAttemptsTest, APeerThatVouchesForNothingDoneIsPassedOver) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Response(OwnAnswer(503, /*not_processed=*/true), false);
  ASSERT_EQ(scene.mesh.opened.size(), 2u);
  EXPECT_TRUE(scene.mesh.opened[0].far->gone());
  EXPECT_TRUE(client->heads().empty());
}

TEST(OutboundAttemptsTest, TheLastPeersRefusalIsTheAnswer) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"));
  for (int i = 0; i < 3; ++i) {
    scene.mesh.far().Response(OwnAnswer(502, /*not_processed=*/true), true);
  }
  EXPECT_EQ(scene.mesh.opened.size(), 3u);
  EXPECT_EQ(client->head().status, 502);
  EXPECT_EQ(client->Header("herald-peer"), scene.mesh.peer());
}

TEST(OutboundAttemptsTest, APeersAnswerToAProcessedCallIsNeverHidden) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Response(OwnAnswer(502, /*not_processed=*/false), true);
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(client->head().status, 502);
}

TEST(OutboundAttemptsTest, ARepeatableCallThatLostItsAgentIsRepeated) {
  Scene scene;
  scene.Ask(Request("GET", "/x"));
  scene.mesh.far().Response(OwnAnswer(502, /*not_processed=*/false), true);
  EXPECT_EQ(scene.mesh.opened.size(), 2u);
}

TEST(OutboundAttemptsTest, ARepeatableCallOutlivesItsPeerInMidAnswer) {
  Scene scene;
  auto client = scene.Ask(Request("GET", "/x"));
  scene.mesh.far().Response({.status = 200, .content_length = 8}, false);
  scene.mesh.far().Data("half", false);
  scene.mesh.far().Reset(Reset::kLost);
  ASSERT_EQ(scene.mesh.opened.size(), 2u);
  EXPECT_TRUE(client->heads().empty());
  scene.mesh.far().Response({.status = 200, .content_length = 8}, false);
  scene.mesh.far().Data("all of it", true);
  EXPECT_EQ(client->body(), "all of it");
  EXPECT_EQ(client->Header("herald-peer"), scene.mesh.peer());
}

// The peers live: "no living peer" would send people to the wrong place.
TEST(OutboundAttemptsTest, AnswersThatBreakOffEverywhereAreNotAnAbsence) {
  for (auto [reason, status] :
       {std::pair(Reset::kProtocol, "bad-agent"),
        std::pair(Reset::kInternal, "outcome-unknown")}) {
    Scene scene;
    auto client = scene.Ask(Request("GET", "/x"));
    for (int i = 0; i < 3; ++i) {
      scene.mesh.far().Response({.status = 200, .content_length = 8}, false);
      scene.mesh.far().Data("half", false);
      scene.mesh.far().Reset(reason);
    }
    EXPECT_EQ(scene.mesh.opened.size(), 3u);
    EXPECT_EQ(client->head().status, 502);
    EXPECT_THAT(client->body(), HasSubstr(status));
  }
}

TEST(OutboundAttemptsTest, ThePeersFailureCountsAgainstIt) {
  Scene scene;
  scene.Ask(Request("POST", "/buy"));
  std::string first = scene.mesh.peer();
  scene.mesh.far().Response(OwnAnswer(502, /*not_processed=*/false), true);
  EXPECT_GT(scene.peers.State(first).Failure(scene.loop.Now()), 0.3);
}

TEST(OutboundAttemptsTest, AnAgentsOwnErrorDoesNotCountAgainstThePeer) {
  Scene scene;
  scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Response(500, true);
  EXPECT_EQ(scene.peers.State(scene.mesh.peer()).Failure(scene.loop.Now()), 0);
}

TEST(OutboundAttemptsTest, NothingIsRepeatedOnceTheAnswerHasBegun) {
  Scene scene;
  auto client = scene.Ask(Request("GET", "/x"));
  scene.mesh.far().Response(200, false);
  scene.mesh.far().Data("half", false);
  scene.mesh.far().Reset(Reset::kLost);
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(client->reset(), Reset::kLost);
  EXPECT_THAT(scene.metrics.RenderText(),
              HasSubstr("herald_calls_total{outcome=\"broken\"} 1"));
}

TEST(OutboundAttemptsTest, AShortAnswerThatBreaksOffIsNoHalfAnswer) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/pay"));
  http::ResponseHead head;
  head.content_length = 4;
  scene.mesh.far().Response(head, false);
  scene.mesh.far().Data("do", false);
  EXPECT_TRUE(client->heads().empty());
  scene.mesh.far().Reset(http::Reset::kLost);
  EXPECT_EQ(client->head().status, 502);
  EXPECT_THAT(client->body(), HasSubstr("problems/outcome-unknown"));
  EXPECT_TRUE(client->ended());
}

TEST(OutboundAttemptsTest, TheDeadlineAnswersAndCancelsThePeer) {
  Scene scene;
  auto client = scene.Ask(Timed("250ms"));
  scene.loop.RunFor(milliseconds(249));
  EXPECT_TRUE(client->heads().empty());
  scene.loop.RunFor(milliseconds(1));
  EXPECT_EQ(client->head().status, 504);
  EXPECT_THAT(client->body(), HasSubstr("problems/deadline"));
  EXPECT_TRUE(scene.mesh.far().gone());
}

TEST(OutboundAttemptsTest, TheDeadlineCutsAnAnswerThatHasBegun) {
  Scene scene;
  auto client = scene.Ask(Timed("250ms"));
  scene.mesh.far().Response(200, false);
  scene.loop.RunFor(milliseconds(250));
  EXPECT_EQ(client->reset(), Reset::kCancelled);
  EXPECT_TRUE(scene.mesh.opened.back().far->gone());
  EXPECT_EQ(scene.outbound.open(), 0u);
}

TEST(OutboundAttemptsTest, ASecondAttemptHasWhatIsLeftOfTheDeadline) {
  Scene scene;
  scene.Ask(Timed("1s"));
  scene.loop.RunFor(milliseconds(400));
  scene.mesh.far().Reset(Reset::kLost);
  auto told = UnpackCall(*scene.mesh.head().headers.Get(kContextHeader));
  EXPECT_EQ(told->timeout, milliseconds(600));
}

TEST(OutboundAttemptsTest, ADeadlineAfterTheWholeAnswerIsNoFailure) {
  Scene scene;
  auto client = scene.Ask(Timed("250ms"), /*end=*/false);
  scene.mesh.far().Response(413, true);
  scene.loop.RunFor(milliseconds(250));
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(client->reset(), std::nullopt);
  EXPECT_EQ(scene.outbound.open(), 0u);
  EXPECT_THAT(scene.metrics.RenderText(),
              HasSubstr("herald_calls_total{outcome=\"ok\"} 1"));
}

TEST(OutboundAttemptsTest, ACallThatIsOverHasNoDeadline) {
  Scene scene;
  auto client = scene.Ask(Timed("250ms"));
  scene.mesh.far().Response(200, true);
  scene.loop.RunFor(seconds(1));
  EXPECT_EQ(client->reset(), std::nullopt);
  EXPECT_THAT(scene.metrics.RenderText(),
              Not(HasSubstr("outcome=\"deadline\"")));
}

TEST(OutboundAttemptsTest, AClientsLeavingReachesThePeer) {
  Scene scene;
  auto client = scene.Ask(Request("GET", "/x"));
  client->Reset(Reset::kCancelled);
  EXPECT_TRUE(scene.mesh.opened.back().far->gone());
  scene.loop.RunTurn();
  EXPECT_EQ(scene.outbound.open(), 0u);
  EXPECT_EQ(scene.peers.State(scene.mesh.peer()).in_flight(), 0u);
}

TEST(OutboundAttemptsTest, EachAttemptOfAnAuditedCallIsRecorded) {
  Scene scene;
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-labels", "audited");
  scene.Ask(head);
  scene.mesh.far().Reset(Reset::kLost);
  scene.mesh.far().Response(200, true);
  const auto& lines = scene.decisions.lines;
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], HasSubstr(R"("event":"decision")"));
  EXPECT_THAT(lines[1], HasSubstr(R"("attempt":1)"));
  EXPECT_THAT(lines[1], HasSubstr(R"("outcome":"outcome-unknown")"));
  EXPECT_THAT(lines[2], HasSubstr(R"("event":"decision")"));
  EXPECT_THAT(lines[3], HasSubstr(R"("attempt":2)"));
  EXPECT_THAT(lines[3], HasSubstr(R"("outcome":"ok")"));
}

TEST(OutboundAttemptsTest, PolicyIsAskedAgainForEachAttempt) {
  Scene scene;
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-labels", "personal");
  auto client = scene.Ask(head);
  discovery::AgentInfo agent{.name = "summarizer"};
  scene.Know({Peer("sum-us", "US", {agent})});
  scene.mesh.far().Reset(Reset::kLost);
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_NE(client->head().status, 200);
}

// --- what an ending says of the peer

double FailureAfter(http::ResponseHead answer) {
  Scene scene;
  scene.Ask(Request("POST", "/buy"));
  std::string first = scene.mesh.peer();
  scene.mesh.far().Response(std::move(answer), true);
  return scene.peers.State(first).Failure(scene.loop.Now());
}

TEST(FateTest, APeerThatTurnsACallAwayDoesNotFail) {
  EXPECT_EQ(FailureAfter(OwnAnswer(429, /*not_processed=*/true)), 0);  // load
  EXPECT_EQ(FailureAfter(OwnAnswer(503, /*not_processed=*/true)), 0);  // drain
  EXPECT_EQ(FailureAfter(OwnAnswer(403, /*not_processed=*/true)), 0);  // policy
}

TEST(FateTest, APeerWhoseAgentIsDownFails) {
  EXPECT_GT(FailureAfter(OwnAnswer(502, /*not_processed=*/true)), 0);
  EXPECT_GT(FailureAfter(OwnAnswer(502, /*not_processed=*/false)), 0);
}

TEST(FateTest, APeerThatKnowsNoSuchAgentFails) {
  EXPECT_GT(FailureAfter(OwnAnswer(404, /*not_processed=*/true)), 0);
}

TEST(FateTest, ADeadlineIsThePeersFaultOnlyIfItHadAmpleTime) {
  for (auto [timeout, fails] : {std::pair("20ms", false), {"2s", true}}) {
    Scene scene;
    scene.Ask(Timed(timeout));
    std::string peer = scene.mesh.peer();
    scene.loop.RunFor(seconds(2));
    EXPECT_EQ(scene.peers.State(peer).Failure(scene.loop.Now()) > 0, fails)
        << timeout;
  }
}

TEST(OutboundAttemptsTest, APeerThatHasNoTimeLeavesTheCallToAnother) {
  Scene scene;
  scene.Ask(Timed("100ms"));
  std::string first = scene.mesh.peer();
  scene.loop.RunFor(milliseconds(99));
  scene.mesh.far().Response(OwnAnswer(504, /*not_processed=*/true), true);
  EXPECT_EQ(scene.mesh.opened.size(), 2u);
  EXPECT_EQ(scene.peers.State(first).Failure(scene.loop.Now()), 0);
}

TEST(OutboundAttemptsTest, ABadRequestIsBadEverywhere) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Response(OwnAnswer(400, /*not_processed=*/true), true);
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(client->head().status, 400);
}

}  // namespace
}  // namespace herald::call
