// SPDX-License-Identifier: Apache-2.0
//
// A policy that comes into force while calls are under way: only a Forbid that
// newly matches ends them, at once and with a typed reason. And what a schema
// makes of what a call says of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"
#include "tests/support/compile_policy.h"

namespace herald::call {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kPermit[] = R"(
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - {id: all, effect: Permit, covers: [unlabelled, personal], where: {}}
)";
constexpr char kForbid[] = "  - {id: never, effect: Forbid, where: {}}\n";
constexpr char kForbidFinish[] =
    "  - {id: never, effect: Forbid, where: {}, onChange: finish}\n";

class PolicyChangeTest : public testing::Test {
 protected:
  PolicyChangeTest() { Set(kPermit); }
  void Set(const std::string& text) {
    scene_.program = test::CompilePolicy(text);
    scene_.outbound.OnPolicyChange();
    scene_.inbound.OnPolicyChange();
  }
  void Forbid() { Set(std::string(kPermit) + kForbid); }
  FarEndPtr Ask() { return scene_.Ask(Request("POST", "/x"), false); }
  FarEndPtr AskGrpc() {
    http::RequestHead head = Request("POST", "/x");
    head.headers.Add("content-type", "application/grpc");
    head.trailers_ok = true;
    return scene_.Ask(std::move(head), false);
  }
  FarEndPtr Deliver() {
    return scene_.Deliver(Request("POST", "/x"), scene_.Context(), false);
  }
  static http::ResponseHead GrpcHead() {
    http::ResponseHead head;
    head.headers.Add("content-type", "application/grpc");
    return head;
  }
  const std::string& LastLine() { return scene_.decisions.lines.back(); }

  Scene scene_;
};

TEST_F(PolicyChangeTest, BeforeTheHeadACallIsAnsweredWithTheReason) {
  FarEndPtr agent = Ask();
  Forbid();
  EXPECT_EQ(agent->head().status, 403);
  EXPECT_THAT(agent->body(), HasSubstr("problems/policy-changed"));
  EXPECT_THAT(agent->body(), HasSubstr("p/never"));
  EXPECT_TRUE(scene_.mesh.far().gone());
  EXPECT_THAT(LastLine(), HasSubstr("\"outcome\":\"policy-changed\""));
  EXPECT_THAT(LastLine(), HasSubstr("\"rules\":[\"p/never\"]"));
  EXPECT_EQ(scene_.CounterValue("herald_policy_cut_total"), 1u);
}

TEST_F(PolicyChangeTest, CallsOfACallerThatMovesAreJudgedAgain) {
  FarEndPtr call = Deliver();
  // In force, and nobody has looked at the open calls yet.
  scene_.program = test::CompilePolicy(std::string(kPermit) + kForbid);
  scene_.inbound.JudgeAgain("spiffe://acme.example/agent/another");
  EXPECT_TRUE(call->heads().empty());
  scene_.inbound.JudgeAgain("spiffe://acme.example/agent/caller");
  EXPECT_EQ(call->head().status, 403);
  EXPECT_THAT(call->body(), HasSubstr("problems/policy-changed"));
}

TEST_F(PolicyChangeTest, AfterTheHeadItBreaksOffVisibly) {
  FarEndPtr agent = Ask();
  scene_.mesh.far().Response(200, false);
  scene_.mesh.far().Data("half", false);
  Forbid();
  EXPECT_TRUE(agent->reset().has_value());
  EXPECT_FALSE(agent->ended());
  EXPECT_TRUE(scene_.mesh.far().gone());
  EXPECT_THAT(LastLine(), HasSubstr("\"outcome\":\"policy-changed\""));
}

TEST_F(PolicyChangeTest, GrpcIsToldInItsTrailers) {
  FarEndPtr agent = AskGrpc();
  scene_.mesh.far().Response(GrpcHead(), false);
  Forbid();
  ASSERT_TRUE(agent->trailers().has_value());
  EXPECT_EQ(agent->trailers()->Get("grpc-status"), "7");
  EXPECT_FALSE(agent->reset().has_value());
}

// Its end would look like that of a whole body.
TEST_F(PolicyChangeTest, AClientThatDoesNotTakeTrailersGetsAReset) {
  http::RequestHead head = Request("POST", "/x");
  head.headers.Add("content-type", "application/grpc");
  FarEndPtr agent = scene_.Ask(std::move(head), false);
  scene_.mesh.far().Response(GrpcHead(), false);
  Forbid();
  EXPECT_FALSE(agent->trailers().has_value());
  EXPECT_TRUE(agent->reset().has_value());
}

TEST_F(PolicyChangeTest, WhereAPermitIsGoneCallsUnderWayFinish) {
  FarEndPtr agent = Ask();
  Set("apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
      "metadata: {name: p}\nspec: {rules: []}\n");
  scene_.mesh.far().Response(200, true);
  EXPECT_EQ(agent->head().status, 200);
}

TEST_F(PolicyChangeTest, AForbidMaySayThatCallsUnderWayFinish) {
  FarEndPtr agent = Ask();
  Set(std::string(kPermit) + kForbidFinish);
  scene_.mesh.far().Response(200, true);
  EXPECT_EQ(agent->head().status, 200);
}

TEST_F(PolicyChangeTest, AnAnswerThatIsWholeIsLeftAlone) {
  FarEndPtr agent = Ask();
  scene_.mesh.far().Response(200, true);
  Forbid();
  EXPECT_EQ(agent->head().status, 200);
  EXPECT_FALSE(agent->reset().has_value());
}

TEST_F(PolicyChangeTest, TheCalleeCutsTooAndTellsTheCaller) {
  FarEndPtr caller = Deliver();
  Forbid();
  EXPECT_EQ(caller->head().status, 403);
  EXPECT_THAT(caller->body(), HasSubstr("policy-changed"));
  EXPECT_FALSE(UnpackReply(caller->Header(kContextHeader))->not_processed);
  EXPECT_TRUE(scene_.local.far().gone());
  EXPECT_THAT(LastLine(), HasSubstr("\"rules\":[\"p/never\"]"));
}

TEST_F(PolicyChangeTest, AForeignCallerLearnsNoRules) {
  FarEndPtr caller = scene_.Deliver(Request("POST", "/x"),
                                    scene_.Context("FR", "other"), false);
  Forbid();
  EXPECT_EQ(caller->head().status, 403);
  EXPECT_THAT(caller->body(), Not(HasSubstr("p/never")));
}

TEST_F(PolicyChangeTest, TheCalleeResetsAResponseThatHasBegun) {
  FarEndPtr caller = Deliver();
  scene_.local.far().Response(200, false);
  Forbid();
  EXPECT_TRUE(caller->reset().has_value());
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.inbound.open(), 0u);
}

// --- what a call says of itself

constexpr char kSchema[] = R"(
apiVersion: herald.dev/v1alpha1
kind: LabelSchema
metadata: {name: s}
spec:
  labels: {personal: {}, health: {}}
  floors:
  - {callees: [summarizer], labels: [health]}
  endorsements:
    redacted: {authorities: ["spiffe://acme.example/agent/redactor"]}
---
apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - {id: all, effect: Permit, covers: [unlabelled, personal, health], where: {},
     obligations: [{audit: digest}]}
)";

TEST_F(PolicyChangeTest, FloorsAreRecordedAndSentToTheCallee) {
  Set(kSchema);
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-labels", "personal");
  scene_.Ask(std::move(head));
  auto context = UnpackCall(*scene_.mesh.head().headers.Get(kContextHeader));
  EXPECT_THAT(context->labels, testing::ElementsAre("personal", "health"));
  EXPECT_THAT(LastLine(), HasSubstr("\"labels\":[\"personal\",\"health\"]"));
}

TEST_F(PolicyChangeTest, AnEndorsementOfSomebodyElseIsDroppedAndTold) {
  Set(kSchema);
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-endorsements", "redacted");
  scene_.Ask(std::move(head));
  auto context = UnpackCall(*scene_.mesh.head().headers.Get(kContextHeader));
  EXPECT_THAT(context->endorsements, testing::IsEmpty());
  EXPECT_THAT(LastLine(), HasSubstr("\"endorsementsDropped\":[\"redacted\"]"));
}

// The certificate is agent/caller's, whatever the context claims.
TEST_F(PolicyChangeTest, TheCalleeDropsEndorsementsOfCallersWithoutAuthority) {
  Set(kSchema);
  CallContext context = scene_.Context();
  context.endorsements = {"redacted"};
  scene_.Deliver(Request("GET", "/x"), context);
  EXPECT_THAT(LastLine(), HasSubstr("\"endorsementsDropped\":[\"redacted\"]"));
}

}  // namespace
}  // namespace herald::call
