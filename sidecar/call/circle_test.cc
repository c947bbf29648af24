// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/circle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

TEST(CircleTest, AnAgentMayBeCalledTwiceOnOneWay) {
  EXPECT_EQ(Circle("a", Names{"a", "b"}, 2), std::nullopt);
  EXPECT_THAT(Circle("a", Names{"a", "b", "a", "b"}, 4).value(),
              HasSubstr("a third time on the way a > b > a > b > a"));
}

TEST(CircleTest, AWayIsSixteenCallsDeepAtMost) {
  EXPECT_EQ(Circle("a", {}, 16), std::nullopt);
  EXPECT_THAT(Circle("a", {}, 17).value(), HasSubstr("17 calls deep"));
  Names passed(17, "");
  for (size_t i = 0; i < passed.size(); ++i) passed[i] = std::to_string(i);
  EXPECT_NE(Circle("a", passed, 0), std::nullopt);
}

// What the agent of a scene calls for the request it is serving.
FarEndPtr AskFor(Scene& scene, const std::string& handle) {
  http::RequestHead head = Request("POST", "/x");
  head.headers.Add("herald-call", handle);
  head.headers.Add("herald-timeout", "10s");
  return scene.Ask(head);
}

CallContext Told(Scene& scene) {
  return UnpackCall(*scene.mesh.head().headers.Get(kContextHeader)).value();
}

TEST(CircleOfCallsTest, TheAgentsPassedTravelWithTheCall) {
  Scene scene;
  CallContext context = scene.Context();
  context.passed = {"first"};
  context.hops = 1;
  scene.Deliver(Request("POST", "/"), context);
  AskFor(scene, "handle-1");
  EXPECT_THAT(Told(scene).passed, ElementsAre("first", "planner"));
  EXPECT_EQ(Told(scene).hops, 2u);
}

TEST(CircleOfCallsTest, AThirdVisitIsRefusedBeforeAnythingIsSent) {
  Scene scene;
  CallContext context = scene.Context();
  context.passed = {"summarizer", "planner", "summarizer"};
  context.hops = 3;
  scene.Deliver(Request("POST", "/"), context);
  ASSERT_EQ(scene.local.opened.size(), 1u);
  auto agent = AskFor(scene, "handle-1");
  EXPECT_EQ(agent->head().status, 400);
  EXPECT_THAT(agent->body(), HasSubstr("loop: "));
  EXPECT_TRUE(scene.mesh.opened.empty());
}

TEST(CircleOfCallsTest, TheCalleesSidecarRefusesToo) {
  Scene scene;
  CallContext context = scene.Context();
  context.passed = {"planner", "other", "planner"};
  auto round = scene.Deliver(Request("POST", "/"), context);
  EXPECT_EQ(round->head().status, 400);
  EXPECT_THAT(round->body(), HasSubstr("loop: "));
  context.passed = {};
  context.hops = 17;
  EXPECT_EQ(scene.Deliver(Request("POST", "/"), context)->head().status, 400);
  EXPECT_TRUE(scene.local.opened.empty());
}

TEST(CircleOfCallsTest, ACallToAnAgentOfOurOwnCountsToo) {
  Scene scene;
  discovery::Endpoint own;
  own.name = "planner-0";
  own.site = scene.environment.self.site;
  own.agents = scene.environment.self.agents;
  scene.environment.self.endpoint =
      std::make_shared<const discovery::Endpoint>(std::move(own));
  CallContext context = scene.Context();
  scene.Deliver(Request("POST", "/"), context);
  auto again = [&](const std::string& handle) {
    http::RequestHead head = Request("POST", "/x");
    head.authority = "planner.herald";
    head.headers.Add("herald-call", handle);
    return scene.Ask(head);
  };
  EXPECT_TRUE(again("handle-1")->heads().empty());
  EXPECT_EQ(again("handle-2")->head().status, 400);
}

TEST(DeadlineOfCallsTest, NoHopHasMoreTimeThanTheOneBefore) {
  Scene scene;
  CallContext context = scene.Context();
  context.timeout = milliseconds(500);
  scene.Deliver(Request("POST", "/"), context);
  scene.loop.RunFor(milliseconds(200));
  AskFor(scene, "handle-1");  // which asks for 10 s
  EXPECT_EQ(Told(scene).timeout, milliseconds(300));
}

}  // namespace
}  // namespace herald::call
