// SPDX-License-Identifier: Apache-2.0
//
// Calls of our agents: who is addressed, what travels, what is refused. What
// happens when a peer fails is in outbound_attempts_test.cc.
#include "sidecar/call/outbound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

http::RequestHead Labelled(std::string_view labels) {
  http::RequestHead head = Request("POST", "/x");
  head.headers.Add("herald-labels", labels);
  return head;
}

// What the callee's sidecar is told with the latest request.
CallContext Told(Scene& scene) {
  return UnpackCall(*scene.mesh.head().headers.Get(kContextHeader)).value();
}

TEST(OutboundTest, ACallReachesAPeerAndItsAnswerComesBack) {
  Scene scene;
  auto client = scene.Ask(Request("POST", "/x"), /*end=*/false);
  ASSERT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(scene.mesh.opened[0].agent, "summarizer");
  EXPECT_FALSE(scene.mesh.opened[0].end);
  client->Data("question", true);
  EXPECT_EQ(scene.mesh.far().body(), "question");
  scene.mesh.far().Response(200, false);
  scene.mesh.far().Data("answer", true);
  EXPECT_EQ(client->head().status, 200);
  EXPECT_EQ(client->body(), "answer");
  EXPECT_EQ(client->Header("herald-peer"), scene.mesh.peer());
  EXPECT_EQ(client->Header("herald-call-id").size(), 22u);
  scene.loop.RunTurn();
  EXPECT_EQ(scene.outbound.open(), 0u);
}

TEST(OutboundTest, TheListenersAgentIsTheOneAddressed) {
  Scene scene;
  http::RequestHead head = Request("GET", "/agents/other/x");
  head.headers.Add("herald-agent", "third");
  scene.Ask(head, true, "summarizer");
  ASSERT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(scene.mesh.opened[0].agent, "summarizer");
  EXPECT_EQ(scene.mesh.head().path, "/agents/other/x");
}

TEST(OutboundTest, ThePathPrefixIsNotForTheAgent) {
  Scene scene;
  http::RequestHead head = Request("GET", "/agents/summarizer/x?q");
  head.authority = "127.0.0.1:15001";
  scene.Ask(head);
  ASSERT_EQ(scene.mesh.opened.size(), 1u);
  EXPECT_EQ(scene.mesh.head().path, "/x?q");
  EXPECT_EQ(scene.mesh.head().authority, "127.0.0.1:15001");
}

TEST(OutboundTest, AnEmptyAuthorityIsGivenOne) {
  Scene scene;
  http::RequestHead head = Request("GET", "/agents/summarizer");
  head.authority.clear();
  scene.Ask(head);
  EXPECT_EQ(scene.mesh.head().authority, "summarizer.herald");
}

TEST(OutboundTest, WhatTheAgentSaidTravelsPacked) {
  Scene scene;
  scene.environment.self.kubernetes_namespace = "claims";
  http::RequestHead head = Labelled("personal");
  head.headers.Add("herald-purpose", "support");
  head.headers.Add("herald-legal-basis", "consent");
  head.headers.Add("herald-endorsements", "tokenised");
  head.headers.Add("herald-skill", "plan");
  head.headers.Add("herald-timeout", "1500ms");
  scene.Ask(head);
  CallContext told = Told(scene);
  EXPECT_EQ(told.agent, "summarizer");
  EXPECT_THAT(told.labels, ElementsAre("personal"));
  EXPECT_EQ(told.purpose, "support");
  EXPECT_EQ(told.legal_basis, "consent");
  EXPECT_THAT(told.endorsements, IsEmpty());  // no schema declares it
  EXPECT_EQ(told.skill, "plan");
  EXPECT_EQ(told.timeout, milliseconds(1500));
  EXPECT_EQ(told.caller_namespace, "claims");
  EXPECT_EQ(told.caller_site, scene.environment.self.site);
  EXPECT_EQ(told.peer_view,
            (*scene.snapshot->FindPeer(scene.mesh.peer()))->site);
  EXPECT_EQ(told.attempt, 1u);
  EXPECT_EQ(told.hops, 0u);
}

TEST(OutboundTest, TheAgentsOnlySkillIsTheSkill) {
  Scene scene;
  scene.Ask(Request("GET", "/x"));
  EXPECT_EQ(Told(scene).skill, "summarize");
}

TEST(OutboundTest, ForgedHeadersAreTakenOffAndCounted) {
  Scene scene;
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-context", "forged");
  head.headers.Add("herald-caller", "spiffe://acme.example/agent/boss");
  scene.Ask(head);
  const http::Headers& sent = scene.mesh.head().headers;
  EXPECT_EQ(sent.Count("herald-caller"), 0u);
  EXPECT_EQ(sent.Count(kContextHeader), 1u);
  EXPECT_TRUE(UnpackCall(*sent.Get(kContextHeader)));
  EXPECT_EQ(scene.CounterValue("herald_stripped_headers_total"), 2u);
}

TEST(OutboundTest, ADoubledHeaderIsABadRequest) {
  Scene scene;
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-agent", "summarizer");
  head.headers.Add("herald-agent", "other");
  auto client = scene.Ask(head);
  EXPECT_EQ(client->head().status, 400);
  EXPECT_THAT(client->body(), HasSubstr("herald-agent is given more than"));
  EXPECT_TRUE(scene.mesh.opened.empty());
}

TEST(OutboundTest, WhatThePeerSaysToUsDoesNotReachTheAgent) {
  Scene scene;
  auto client = scene.Ask(Request("GET", "/x"));
  http::ResponseHead head{.status = 200};
  head.headers.Add(kContextHeader, Pack(ReplyContext()));
  head.headers.Add("herald-peer", "forged");
  head.headers.Add("herald-labels", "personal");
  head.headers.Add("etag", "1");
  scene.mesh.far().Response(head, true);
  const http::Headers& got = client->head().headers;
  EXPECT_EQ(got.Count(kContextHeader), 0u);
  EXPECT_EQ(got.Joined("herald-peer"), scene.mesh.peer());
  EXPECT_EQ(got.Get("herald-labels"), "personal");
  EXPECT_EQ(got.Get("etag"), "1");
}

TEST(OutboundTest, OnlyPermittedPeersAreEverChosen) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Scene scene;
    scene.random = Random(seed);
    scene.Ask(Labelled("personal"));
    EXPECT_THAT(scene.mesh.peer(), testing::AnyOf("sum-de", "sum-fr"));
  }
}

TEST(OutboundTest, ADenialNamesRulesAndTheNearestPeer) {
  Scene scene;
  discovery::AgentInfo agent{.name = "summarizer"};
  scene.Know({Peer("sum-us", "US", {agent})});
  auto client = scene.Ask(Labelled("personal"));
  EXPECT_EQ(client->head().status, 403);
  EXPECT_THAT(client->body(), HasSubstr("problems/denied"));
  EXPECT_THAT(client->body(), HasSubstr(R"("rules":["p/eu-only"])"));
  EXPECT_THAT(client->body(), HasSubstr(R"("nearest":{"peer":"sum-us")"));
  EXPECT_THAT(client->body(), HasSubstr("labelled personal"));
  EXPECT_TRUE(scene.mesh.opened.empty());
}

TEST(OutboundTest, EachRefusedPeerIsRecorded) {
  Scene scene;
  scene.Ask(Labelled("health"));
  ASSERT_EQ(scene.decisions.lines.size(), 3u);
  EXPECT_THAT(scene.decisions.lines[0], HasSubstr(R"("verdict":"Deny")"));
  EXPECT_THAT(scene.decisions.lines[0], HasSubstr(R"("peer":"sum-de")"));
  EXPECT_THAT(scene.decisions.lines[2], HasSubstr(R"("peer":"sum-us")"));
}

TEST(OutboundTest, AnUnknownAgentIsToldTheNearestName) {
  Scene scene;
  http::RequestHead head = Request("GET", "/x");
  head.authority = "sumarizer.herald";
  auto client = scene.Ask(head);
  EXPECT_EQ(client->head().status, 404);
  EXPECT_THAT(client->body(), HasSubstr("did you mean 'summarizer'?"));
  EXPECT_EQ(client->Header("herald-call-id").size(), 22u);
}

TEST(OutboundTest, ARequestThatNamesNobodyIsToldHow) {
  Scene scene;
  http::RequestHead head = Request("GET", "/x");
  head.authority = "127.0.0.1:15001";
  auto client = scene.Ask(head);
  EXPECT_EQ(client->head().status, 404);
  EXPECT_THAT(client->body(), HasSubstr("/agents/NAME/"));
}

TEST(OutboundTest, WithoutALivingPeerThereIsNoPeer) {
  Scene scene;
  for (const char* peer : {"sum-de", "sum-fr", "sum-us"}) {
    scene.SetLink(peer, routing::Link::kDown);
  }
  auto client = scene.Ask(Request("GET", "/x"));
  EXPECT_EQ(client->head().status, 503);
  EXPECT_THAT(client->body(), HasSubstr("problems/no-peer"));
}

TEST(OutboundTest, ItIsNoDenialWhenOnlyRefusedPeersAreDown) {
  Scene scene;
  for (const char* peer : {"sum-de", "sum-fr", "sum-us"}) {
    scene.SetLink(peer, routing::Link::kDown);
  }
  EXPECT_EQ(scene.Ask(Labelled("personal"))->head().status, 503);
}

TEST(OutboundTest, ItIsADenialWhenTheLivingPeersAreTheRefusedOnes) {
  Scene scene;
  scene.SetLink("sum-de", routing::Link::kDown);
  scene.SetLink("sum-fr", routing::Link::kDown);
  EXPECT_EQ(scene.Ask(Labelled("personal"))->head().status, 403);
}

TEST(OutboundTest, APermittedPeerThatDrainsIsAliveAndNoDenial) {
  Scene scene;
  for (const char* peer : {"sum-de", "sum-fr"}) {
    scene.peers.State(peer).OnReport({.draining = true}, scene.loop.Now());
  }
  auto client = scene.Ask(Labelled("personal"));
  EXPECT_EQ(client->head().status, 503);
}

TEST(OutboundTest, AnAuditedCallIsRecordedAndItsOutcome) {
  Scene scene;
  auto client = scene.Ask(Labelled("audited"));
  ASSERT_EQ(scene.decisions.lines.size(), 1u);
  EXPECT_THAT(scene.decisions.lines[0],
              HasSubstr(R"("verdict":"Permit","code":"permitted",)"
                        R"("rules":["p/audited"])"));
  scene.loop.RunFor(milliseconds(5));
  scene.mesh.far().Response(200, false);
  scene.mesh.far().Data("12345", true);
  ASSERT_EQ(scene.decisions.lines.size(), 2u);
  EXPECT_THAT(scene.decisions.lines[1],
              HasSubstr(R"("outcome":"ok","status":200,"bytesOut":0,)"
                        R"("bytesIn":5,"us":5000})"));
  EXPECT_THAT(scene.decisions.lines[1],
              HasSubstr(client->Header("herald-call-id")));
}

TEST(OutboundTest, CallsWithoutAnObligationLeaveNoLine) {
  Scene scene;
  scene.Ask(Request("GET", "/x"));
  scene.mesh.far().Response(200, true);
  EXPECT_THAT(scene.decisions.lines, IsEmpty());
}

TEST(OutboundTest, WhatCannotBeRecordedIsRefused) {
  Scene scene;
  scene.decisions.is_writable = false;
  auto client = scene.Ask(Labelled("audited"));
  EXPECT_EQ(client->head().status, 403);
  EXPECT_THAT(client->body(), HasSubstr("decision log cannot be written"));
  EXPECT_TRUE(scene.mesh.opened.empty());
  scene.Ask(Request("GET", "/x"));  // demands no record
  EXPECT_EQ(scene.mesh.opened.size(), 1u);
}

TEST(OutboundTest, TheCatalogueIsAnsweredHere) {
  Scene scene;
  auto all = scene.Ask(Request("GET", "/.herald/agents"));
  EXPECT_EQ(all->head().status, 200);
  EXPECT_THAT(all->body(), HasSubstr("\"planner\""));
  EXPECT_THAT(all->body(), HasSubstr("\"summarizer\""));
  auto one = scene.Ask(Request("GET", "/.herald/agents/summarizer"));
  EXPECT_THAT(one->body(), HasSubstr("sum-de"));
  auto none = scene.Ask(Request("GET", "/.herald/agents/nobody"));
  EXPECT_EQ(none->head().status, 404);
  EXPECT_TRUE(scene.mesh.opened.empty());
}

TEST(OutboundTest, ACallOnBehalfOfAnotherBearsItsLabels) {
  Scene scene;
  scene.handles.Add("handle", {.call_id = "parent",
                               .labels = {"personal"},
                               .purpose = "support",
                               .legal_basis = "consent",
                               .hops = 4});
  http::RequestHead head = Labelled("audited");
  head.headers.Add("herald-call", "handle");
  scene.Ask(head);
  CallContext told = Told(scene);
  EXPECT_THAT(told.labels, ElementsAre("audited", "personal"));
  EXPECT_EQ(told.purpose, "support");
  EXPECT_EQ(told.legal_basis, "consent");
  EXPECT_EQ(told.hops, 5u);
}

TEST(OutboundTest, ACallOnBehalfOfAnotherMayNameItsOwnPurpose) {
  Scene scene;
  scene.handles.Add("handle", {.call_id = "parent", .purpose = "support"});
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-call", "handle");
  head.headers.Add("herald-purpose", "triage");
  scene.Ask(head);
  EXPECT_EQ(Told(scene).purpose, "triage");
}

TEST(OutboundTest, AgentsThatCallInACircleAreStopped) {
  Scene scene;
  scene.handles.Add("handle", {.call_id = "parent", .hops = 16});
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-call", "handle");
  auto client = scene.Ask(head);
  EXPECT_EQ(client->head().status, 400);
  EXPECT_THAT(client->body(), HasSubstr("in a circle"));
}

TEST(OutboundTest, ACallOnBehalfOfAnotherEndsNoLater) {
  Scene scene;
  Time soon = scene.loop.Now() + milliseconds(100);
  scene.handles.Add("handle", {.call_id = "parent", .deadline = soon});
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-call", "handle");
  head.headers.Add("herald-timeout", "10s");
  auto client = scene.Ask(head);
  EXPECT_EQ(Told(scene).timeout, milliseconds(100));
  scene.loop.RunFor(milliseconds(100));
  EXPECT_EQ(client->head().status, 504);
}

TEST(OutboundTest, GrpcGetsItsAnswersAsGrpc) {
  Scene scene;
  http::RequestHead head = Labelled("health");
  head.headers.Add("content-type", "application/grpc");
  auto client = scene.Ask(head);
  EXPECT_EQ(client->head().status, 200);
  EXPECT_EQ(client->Header("grpc-status"), "7");
  EXPECT_TRUE(client->ended());
}

// Found by the simulation: a sidecar that went in the turn a call had ended.
TEST(OutboundTest, WhatIsPostedDoesNoHarmOnceTheCallsAreGone) {
  Scene scene;
  auto brief =
      std::make_unique<OutboundCalls>(scene.environment, scene.inbound);
  auto client = std::make_shared<FarEnd>(/*server=*/true);
  brief->OnCall(Origin(), Request("GET", "/.herald/agents"),
                test::MakeFakeStream(client), true);
  EXPECT_EQ(client->head().status, 200);
  brief.reset();
  scene.loop.RunTurn();
}

TEST(OutboundTest, TheFlowOfCallsIsCounted) {
  Scene scene;
  scene.Ask(Request("GET", "/x"));
  EXPECT_THAT(scene.metrics.RenderText(), HasSubstr("herald_calls_open 1"));
  scene.mesh.far().Response(200, true);
  scene.Ask(Labelled("health"));
  scene.loop.RunTurn();
  std::string text = scene.metrics.RenderText();
  EXPECT_THAT(text, HasSubstr("herald_calls_total{outcome=\"ok\"} 1"));
  EXPECT_THAT(text, HasSubstr("herald_calls_total{outcome=\"denied\"} 1"));
  EXPECT_THAT(text, HasSubstr("herald_calls_open 0"));
}

// Nobody can say which labels it stands for: a regression test, for it was
// ignored once, and the call went without them.
TEST(OutboundTest, AHandleThatNamesNoOpenCallIsRefused) {
  Scene scene;
  http::RequestHead head = Request("GET", "/");
  head.headers.Add("herald-call", "AAAAAAAAAAAAAAAAAAAAAA");
  FarEndPtr agent = scene.Ask(std::move(head));
  EXPECT_EQ(agent->head().status, 400);
  EXPECT_THAT(agent->body(), HasSubstr("herald-call"));
  EXPECT_EQ(scene.CounterValue("herald_unknown_handles_total"), 1u);
  EXPECT_TRUE(scene.mesh.opened.empty());
}

TEST(OutboundTest, AnOwnPathThatDoesNotExistIsNamedAndNoAgentIs) {
  Scene scene;
  http::RequestHead head = Request("GET", "/.herald/zzz");
  FarEndPtr agent = scene.Ask(std::move(head));
  EXPECT_EQ(agent->head().status, 404);
  EXPECT_THAT(agent->body(), HasSubstr("/.herald/zzz"));
  EXPECT_THAT(agent->body(), testing::Not(HasSubstr("''")));
}

}  // namespace
}  // namespace herald::call
