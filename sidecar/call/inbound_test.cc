// SPDX-License-Identifier: Apache-2.0
//
// Calls of peers to our own agent: what is believed, what is judged again, and
// what the agent and the caller get to see.
#include "sidecar/call/inbound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using http::Reset;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

ReplyContext ReplyOf(const FarEnd& caller) {
  return UnpackReply(*caller.head().headers.Get(kContextHeader)).value();
}

CallContext Labelled(const Scene& scene, std::vector<std::string> labels) {
  CallContext context = scene.Context();
  context.labels = std::move(labels);
  return context;
}

http::ResponseHead ResponseLabelled(std::string_view labels) {
  http::ResponseHead head{.status = 200};
  head.headers.Add("herald-labels", labels);
  return head;
}

TEST(InboundTest, ACallReachesTheAgentAndItsAnswerTheCaller) {
  Scene scene;
  auto caller = scene.Deliver(Request("POST", "/plan"), scene.Context(),
                              /*end=*/false);
  ASSERT_EQ(scene.local.opened.size(), 1u);
  EXPECT_EQ(scene.local.opened[0].agent, "planner");
  EXPECT_EQ(scene.local.head().path, "/plan");
  EXPECT_EQ(scene.local.head().authority, "summarizer.herald");
  caller->Data("question", true);
  scene.local.far().Response(200, false);
  scene.local.far().Data("answer", true);
  EXPECT_EQ(caller->body(), "answer");
  EXPECT_FALSE(ReplyOf(*caller).own_answer);
  EXPECT_FALSE(ReplyOf(*caller).not_processed);
  scene.loop.RunTurn();
  EXPECT_EQ(scene.inbound.open(), 0u);
}

TEST(InboundTest, TheAgentIsToldHandleCallerAndLabels) {
  Scene scene;
  scene.Deliver(Request("GET", "/"), Labelled(scene, {"audited", "personal"}));
  const http::Headers& headers = scene.local.head().headers;
  EXPECT_EQ(headers.Get("herald-call"), "handle-1");
  EXPECT_EQ(headers.Get("herald-caller"), "spiffe://acme.example/agent/caller");
  EXPECT_EQ(headers.Get("herald-labels"), "audited, personal");
  EXPECT_EQ(headers.Count(kContextHeader), 0u);
  EXPECT_NE(scene.handles.Find("handle-1"), nullptr);
  scene.local.far().Response(200, true);
  EXPECT_EQ(scene.handles.Find("handle-1"), nullptr);
}

TEST(InboundTest, HeadersThatPretendToBeOursDoNotReachTheAgent) {
  Scene scene;
  http::RequestHead head = Request("GET", "/");
  head.headers.Add("herald-caller", "spiffe://acme.example/agent/boss");
  head.headers.Add("herald-labels", "public");
  scene.Deliver(head, scene.Context());
  const http::Headers& headers = scene.local.head().headers;
  EXPECT_EQ(headers.Joined("herald-caller"),
            "spiffe://acme.example/agent/caller");
  EXPECT_EQ(headers.Count("herald-labels"), 0u);
  EXPECT_EQ(scene.CounterValue("herald_forged_headers_total"), 2u);
}

TEST(InboundTest, HeadersThatAnAgentForgesInItsAnswerAreCounted) {
  Scene scene;
  auto caller = scene.Deliver(Request("GET", "/"), scene.Context());
  http::ResponseHead head{.status = 200};
  head.headers.Add("herald-peer", "forged");
  head.headers.Add("herald-call-id", "forged");
  scene.local.far().Response(head, false);
  http::Headers trailers;
  trailers.Add("herald-evil", "1");
  trailers.Add("x-sum", "5");
  scene.local.far().Trailers(trailers);
  EXPECT_EQ(caller->head().headers.Count("herald-peer"), 0u);
  EXPECT_EQ(scene.CounterValue("herald_stripped_headers_total"), 3u);
}

TEST(InboundTest, WithoutAContextThereIsNoCall) {
  Scene scene;
  http::RequestHead garbage = Request("GET", "/");
  garbage.headers.Add(kContextHeader, "garbage");
  http::RequestHead twice = Request("GET", "/");
  twice.headers.Add(kContextHeader, Pack(scene.Context()));
  twice.headers.Add(kContextHeader, Pack(scene.Context()));
  for (const auto& head : {Request("GET", "/"), garbage, twice}) {
    auto caller = scene.Deliver(head);
    EXPECT_EQ(caller->head().status, 400);
    EXPECT_TRUE(ReplyOf(*caller).not_processed);
  }
  EXPECT_TRUE(scene.local.opened.empty());
}

TEST(InboundTest, AnAgentThatIsNotOursIsUnknown) {
  Scene scene;
  CallContext context = scene.Context();
  context.agent = "summarizer";
  auto caller = scene.Deliver(Request("GET", "/"), context);
  EXPECT_EQ(caller->head().status, 404);
  EXPECT_TRUE(ReplyOf(*caller).not_processed);
  EXPECT_TRUE(ReplyOf(*caller).own_answer);
}

TEST(InboundTest, AViewOfUsThatContradictsOursIsDenied) {
  auto differ = [](auto change) {
    Scene scene;
    CallContext context = scene.Context();
    change(context.peer_view);
    auto caller = scene.Deliver(Request("GET", "/"), context);
    EXPECT_EQ(caller->head().status, 403);
    EXPECT_THAT(caller->body(), HasSubstr("contradicts"));
    EXPECT_TRUE(scene.local.opened.empty());
  };
  differ([](Site& view) { view.country = Country::Parse("FR"); });
  differ([](Site& view) { view.tier = Tier::kCloud; });
  differ([](Site& view) { view.operator_name = "other"; });
}

TEST(InboundTest, ListsInAViewMayBeInAnyOrder) {
  Scene scene;
  Country de = *Country::Parse("DE");
  Country fr = *Country::Parse("FR");
  scene.environment.self.site.operator_control = {de, fr};
  CallContext context = scene.Context();
  context.peer_view.operator_control = {fr, de};
  scene.Deliver(Request("GET", "/"), context);
  EXPECT_EQ(scene.local.opened.size(), 1u);
  context.peer_view.operator_control = {fr};
  EXPECT_EQ(scene.Deliver(Request("GET", "/"), context)->head().status, 403);
}

TEST(InboundTest, AViewThatKnowsLessContradictsNothing) {
  Scene scene;
  CallContext context = scene.Context();
  context.peer_view = Site();
  scene.Deliver(Request("GET", "/"), context);
  EXPECT_EQ(scene.local.opened.size(), 1u);
}

TEST(InboundTest, OurPolicyIsAskedAgainAndTellsItsOperatorWhy) {
  Scene scene;
  auto caller = scene.Deliver(Request("GET", "/"), Labelled(scene, {"health"}));
  EXPECT_EQ(caller->head().status, 403);
  EXPECT_THAT(caller->body(), HasSubstr("the policy of planner-0"));
  EXPECT_TRUE(scene.local.opened.empty());
  ASSERT_EQ(scene.decisions.lines.size(), 2u);
  EXPECT_THAT(scene.decisions.lines[0], HasSubstr(R"("side":"callee")"));
  EXPECT_THAT(scene.decisions.lines[1], HasSubstr(R"("outcome":"denied")"));
}

TEST(InboundTest, AForeignOperatorLearnsNoRules) {
  Scene scene;
  scene.environment.self.site.country = Country::Parse("US");
  CallContext context = Labelled(scene, {"personal"});
  context.peer_view = scene.environment.self.site;
  auto ours = scene.Deliver(Request("GET", "/"), context);
  EXPECT_THAT(ours->body(), HasSubstr(R"("rules":["p/eu-only"])"));
  context.caller_site.operator_name = "other";
  auto foreign = scene.Deliver(Request("GET", "/"), context);
  EXPECT_EQ(foreign->head().status, 403);
  EXPECT_THAT(foreign->body(), HasSubstr(R"("rules":[])"));
  EXPECT_THAT(foreign->body(), Not(HasSubstr("planner-0")));
  context.caller_site.operator_name = std::nullopt;
  auto unknown = scene.Deliver(Request("GET", "/"), context);
  EXPECT_THAT(unknown->body(), HasSubstr(R"("rules":[])"));
}

TEST(InboundTest, ARelayThatSeesClearTextIsJudgedToo) {
  Scene scene;
  CallContext context = Labelled(scene, {"personal"});
  context.relays = {{.terminates = false, .site = SiteIn("US")}};
  EXPECT_TRUE(scene.Deliver(Request("GET", "/"), context)->heads().empty());
  context.relays = {{.terminates = true, .site = SiteIn("US")}};
  EXPECT_EQ(scene.Deliver(Request("GET", "/"), context)->head().status, 403);
}

TEST(InboundTest, LabelsThatTheAnswerAddsAreJudgedForTheWayBack) {
  Scene scene;
  auto near = scene.Deliver(Request("GET", "/"), scene.Context("FR"));
  scene.local.far().Response(ResponseLabelled("personal"), true);
  EXPECT_EQ(near->head().status, 200);
  EXPECT_EQ(near->Header("herald-labels"), "personal");

  auto far = scene.Deliver(Request("GET", "/"), scene.Context("US"));
  scene.local.far().Response(ResponseLabelled("personal"), false);
  EXPECT_EQ(far->head().status, 403);
  EXPECT_THAT(far->body(), HasSubstr("problems/response-withheld"));
  EXPECT_THAT(far->body(), HasSubstr("p/eu-only"));
  EXPECT_TRUE(scene.local.far().gone());
  EXPECT_FALSE(ReplyOf(*far).not_processed);
}

TEST(InboundTest, LabelsTheRequestBoreAlreadyAreNotJudgedAgain) {
  Scene scene;
  auto caller = scene.Deliver(Request("GET", "/"), [&] {
    CallContext context = scene.Context("US");
    context.labels = {"personal"};
    return context;
  }());
  scene.local.far().Response(ResponseLabelled("personal"), true);
  EXPECT_EQ(caller->head().status, 200);
}

TEST(InboundTest, TheDeadlineIsKeptHereToo) {
  Scene scene;
  CallContext context = scene.Context();
  context.timeout = milliseconds(50);
  auto caller = scene.Deliver(Request("GET", "/"), context);
  scene.loop.RunFor(milliseconds(50));
  EXPECT_EQ(caller->head().status, 504);
  EXPECT_FALSE(ReplyOf(*caller).not_processed);
  EXPECT_TRUE(scene.local.far().gone());
}

TEST(InboundTest, ADeadlineThatNobodyMadeOfLateIsRefusedAtOnce) {
  Scene scene;
  for (int i = 0; i < 8; ++i) {
    uint32_t met = scene.load.OnStart();
    scene.load.OnFirstByte(met, milliseconds(300), scene.loop.Now());
    scene.load.OnEnd();
  }
  CallContext context = scene.Context();
  context.timeout = milliseconds(299);
  auto late = scene.Deliver(Request("POST", "/"), context);
  EXPECT_EQ(late->head().status, 504);
  EXPECT_TRUE(ReplyOf(*late).not_processed);
  EXPECT_TRUE(scene.local.opened.empty());
  context.timeout = milliseconds(300);
  EXPECT_TRUE(scene.Deliver(Request("POST", "/"), context)->heads().empty());
}

TEST(InboundTest, AnAgentThatIsDownWasNotTouched) {
  Scene scene;
  auto caller = scene.Deliver(Request("POST", "/"), scene.Context());
  scene.local.far().Reset(Reset::kNotSent);
  EXPECT_EQ(caller->head().status, 502);
  EXPECT_THAT(caller->body(), HasSubstr("does not answer there; start it"));
  EXPECT_TRUE(ReplyOf(*caller).not_processed);
}

TEST(InboundTest, AnAgentThatBreaksOffMayHaveDoneIt) {
  for (auto [reason, type] : {std::pair(Reset::kLost, "outcome-unknown"),
                              {Reset::kCancelled, "outcome-unknown"},
                              {Reset::kInternal, "outcome-unknown"},
                              {Reset::kProtocol, "bad-agent"},
                              {Reset::kTooBig, "bad-agent"}}) {
    Scene scene;
    auto caller = scene.Deliver(Request("POST", "/"), scene.Context());
    scene.local.far().Reset(reason);
    EXPECT_EQ(caller->head().status, 502);
    EXPECT_THAT(caller->body(), HasSubstr(type));
    EXPECT_FALSE(ReplyOf(*caller).not_processed);
  }
}

TEST(InboundTest, EveryReplyTellsHowOurAgentHasFailed) {
  Scene scene;
  auto refused = scene.Deliver(Request("POST", "/"), scene.Context());
  scene.local.far().Reset(Reset::kRefused);
  EXPECT_EQ(ReplyOf(*refused).load.failing, 0);
  auto lost = scene.Deliver(Request("POST", "/"), scene.Context());
  scene.local.far().Reset(Reset::kLost);
  EXPECT_EQ(ReplyOf(*lost).load.failing, 0.34);
}

TEST(InboundTest, GreetingsAreAnsweredWithWhatWeServe) {
  Scene scene;
  auto caller = scene.Deliver(Request("GET", "/.herald/agents"));
  EXPECT_EQ(caller->head().status, 200);
  EXPECT_THAT(caller->body(), HasSubstr(R"("name":"planner")"));
  EXPECT_TRUE(ReplyOf(*caller).own_answer);
}

TEST(InboundTest, ProbesAreAnsweredWithOurLoad) {
  Scene scene;
  scene.Deliver(Request("GET", "/"), scene.Context());
  auto probe = scene.Deliver(Request("HEAD", "/.herald/load"));
  EXPECT_EQ(probe->head().status, 204);
  EXPECT_EQ(ReplyOf(*probe).load.in_flight, 1u);
  EXPECT_FALSE(ReplyOf(*probe).load.draining);
}

TEST(InboundTest, DrainingRefusesNewCallsAndFinishesOldOnes) {
  Scene scene;
  auto old = scene.Deliver(Request("GET", "/"), scene.Context());
  FarEnd& agent = scene.local.far();
  scene.environment.draining = true;
  auto fresh = scene.Deliver(Request("GET", "/"), scene.Context());
  EXPECT_EQ(fresh->head().status, 503);
  EXPECT_TRUE(ReplyOf(*fresh).not_processed);
  EXPECT_TRUE(ReplyOf(*fresh).load.draining);
  agent.Response(200, true);
  EXPECT_EQ(old->head().status, 200);
  EXPECT_TRUE(ReplyOf(*old).load.draining);
}

TEST(InboundTest, AnObligedRecordThatCannotBeWrittenDenies) {
  Scene scene;
  scene.decisions.is_writable = false;
  auto caller =
      scene.Deliver(Request("GET", "/"), Labelled(scene, {"audited"}));
  EXPECT_EQ(caller->head().status, 403);
  EXPECT_TRUE(scene.local.opened.empty());
}

TEST(InboundTest, AnAuditedCallIsRecordedAndItsOutcome) {
  Scene scene;
  scene.Deliver(Request("GET", "/"), Labelled(scene, {"audited"}));
  scene.local.far().Response(200, true);
  ASSERT_EQ(scene.decisions.lines.size(), 2u);
  EXPECT_THAT(scene.decisions.lines[0], HasSubstr(R"("verdict":"Permit")"));
  EXPECT_THAT(scene.decisions.lines[1],
              HasSubstr(R"("side":"callee","node":"planner-0",)"
                        R"("call":"AAAAAAAAAAAAAAAAAAAAAA","attempt":1,)"
                        R"("peer":"planner-0","outcome":"ok","status":200)"));
}

TEST(InboundTest, ACallersLeavingReachesTheAgent) {
  Scene scene;
  auto caller = scene.Deliver(Request("GET", "/"), scene.Context());
  caller->Reset(Reset::kCancelled);
  EXPECT_TRUE(scene.local.far().gone());
  EXPECT_EQ(scene.load.in_flight(), 0u);
  EXPECT_EQ(scene.handles.Find("handle-1"), nullptr);
}

}  // namespace
}  // namespace herald::call
