// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/fan_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/fanout/watcher.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::fanout {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

json::Object Agent(const std::string& name, int version,
                   const std::string& team = "claims",
                   const std::string& space = "claims") {
  return json::Parse(R"({"kind":"Agent","metadata":{"namespace":")" + space +
                     R"(","name":")" + name + R"(","resourceVersion":")" +
                     std::to_string(version) + R"(","labels":{"team":")" +
                     team + R"("}},"spec":{}})")
      ->as_object();
}

class FanOutTest : public testing::Test {
 protected:
  using FarEnd = std::shared_ptr<test::FarEnd>;

  Cache& agents() { return fan_out_.CacheOf(Kinds()[0]); }
  void List(const std::vector<json::Object>& objects, int version) {
    agents().OnListBegin();
    for (const json::Object& object : objects) agents().OnListed(object);
    agents().OnListEnd(std::to_string(version));
  }
  FarEnd Ask(const std::string& rest, const std::string& token = "secret",
             const std::string& method = "GET") {
    auto far = std::make_shared<test::FarEnd>(/*server=*/true);
    http::RequestHead head;
    head.method = method;
    head.path = "/apis/herald.dev/v1alpha1" + rest;
    if (!token.empty()) head.headers.Add("authorization", "Bearer " + token);
    fan_out_.OnCall({}, head, test::MakeFakeStream(far), true);
    return far;
  }
  // The same, where the API server says that the client may.
  FarEnd AskAllowed(const std::string& rest) {
    const size_t before = web_.asked.size();
    FarEnd far = Ask(rest);
    if (web_.asked.size() > before) {
      web_.last().Answer(201, R"({"status":{"allowed":true}})");
    }
    loop_.RunTurn();
    return far;
  }
  void Change(const json::Object& object) {
    agents().OnChanged(object);
    loop_.RunTurn();
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  Metrics metrics_;
  FanOut fan_out_{loop_, random_, web_, metrics_, {.events_max = 3}};
};

TEST_F(FanOutTest, AListHasWhatTheApiServerHas) {
  List({Agent("a", 3), Agent("b", 4)}, 7);
  const FarEnd far = AskAllowed("/agents");
  EXPECT_EQ(far->head().status, 200);
  const auto body = json::Parse(far->body());
  ASSERT_TRUE(body);
  EXPECT_EQ(body->at("kind"), "AgentList");
  EXPECT_EQ(body->at("metadata").at("resourceVersion"), "7");
  EXPECT_EQ(body->at("items").as_array().size(), 2u);
  EXPECT_TRUE(far->ended());
}

TEST_F(FanOutTest, AListIsOfTheNamespaceAndTheLabelsAskedFor) {
  List({Agent("a", 3), Agent("b", 4, "billing"),
        Agent("c", 5, "claims", "shared")},
       7);
  EXPECT_THAT(AskAllowed("/namespaces/shared/agents")->body(),
              testing::AllOf(HasSubstr(R"("name":"c")"),
                             Not(HasSubstr(R"("name":"a")"))));
  EXPECT_THAT(AskAllowed("/agents?labelSelector=team%3Dbilling")->body(),
              testing::AllOf(HasSubstr(R"("name":"b")"),
                             Not(HasSubstr(R"("name":"a")"))));
}

TEST_F(FanOutTest, PagesAddUpToTheListUnderTheVersionOfTheFirst) {
  List({Agent("a", 3), Agent("b", 4), Agent("c", 5)}, 7);
  const auto first = *json::Parse(AskAllowed("/agents?limit=2")->body());
  EXPECT_EQ(first.at("items").as_array().size(), 2u);
  Change(Agent("d", 8));
  const std::string next(first.at("metadata").at("continue").as_string());
  const auto second =
      *json::Parse(AskAllowed("/agents?limit=2&continue=" + next)->body());
  EXPECT_EQ(second.at("items").as_array().size(), 2u);
  EXPECT_EQ(second.at("metadata").at("resourceVersion"), "7");
  EXPECT_FALSE(second.at("metadata").as_object().contains("continue"));
}

TEST_F(FanOutTest, AWatchTellsWhatHappensFromItsVersionOn) {
  List({Agent("a", 3)}, 7);
  agents().OnChanged(Agent("b", 8));
  const FarEnd far = AskAllowed("/agents?watch=1&resourceVersion=7");
  EXPECT_EQ(far->head().status, 200);
  EXPECT_THAT(far->body(), HasSubstr(R"({"type":"ADDED","object":{"kind")"));
  agents().OnDeleted(Agent("b", 9));
  loop_.RunTurn();
  EXPECT_THAT(far->body(), HasSubstr(R"("type":"DELETED")"));
  EXPECT_FALSE(far->ended());
}

TEST_F(FanOutTest, AWatchWithoutAVersionBeginsWithAllThereIs) {
  List({Agent("a", 3), Agent("b", 4)}, 7);
  const FarEnd far = AskAllowed("/agents?watch=1");
  EXPECT_THAT(far->body(), HasSubstr(R"("name":"a")"));
  EXPECT_THAT(far->body(), HasSubstr(R"("name":"b")"));
  Change(Agent("c", 8));
  EXPECT_THAT(far->body(), HasSubstr(R"("name":"c")"));
}

TEST_F(FanOutTest, WhatLeavesASelectionIsGoneForItsWatch) {
  List({Agent("a", 3)}, 7);
  const FarEnd far = AskAllowed(
      "/agents?watch=1&resourceVersion=7&labelSelector=team%3Dclaims");
  Change(Agent("a", 8, "billing"));
  EXPECT_THAT(far->body(), HasSubstr(R"("type":"DELETED")"));
  Change(Agent("a", 9, "claims"));
  EXPECT_THAT(far->body(), HasSubstr(R"("type":"ADDED")"));
}

TEST_F(FanOutTest, AVersionThatIsForgottenIsGone) {
  List({}, 7);
  for (int i = 8; i < 12; ++i) Change(Agent("a" + std::to_string(i), i));
  EXPECT_EQ(AskAllowed("/agents?watch=1&resourceVersion=7")->head().status,
            410);
  EXPECT_EQ(AskAllowed("/agents?watch=1&resourceVersion=8")->head().status,
            200);
}

TEST_F(FanOutTest, AClientThatDoesNotReadIsToldToListAgain) {
  List({}, 7);
  const FarEnd far = AskAllowed("/agents?watch=1&resourceVersion=7");
  const std::string big(Watcher::kWindow, 'x');
  Change(json::Parse(R"({"metadata":{"name":"big","namespace":"n",)"
                     R"("resourceVersion":"8"},"spec":{"x":")" +
                     big + "\"}}")
             ->as_object());
  const size_t stuck = far->body().size();
  for (int i = 9; i < 14; ++i) Change(Agent("a" + std::to_string(i), i));
  EXPECT_EQ(far->body().size(), stuck);
  far->SentAll();
  EXPECT_THAT(far->body().substr(stuck), HasSubstr(R"("code":410)"));
  EXPECT_TRUE(far->ended());
}

TEST_F(FanOutTest, AWatchEndsWhenItsTimeIsUp) {
  List({}, 7);
  const FarEnd far =
      AskAllowed("/agents?watch=1&resourceVersion=7&timeoutSeconds=30");
  loop_.RunFor(seconds(29));
  EXPECT_FALSE(far->ended());
  EXPECT_EQ(fan_out_.watches(), 1u);
  loop_.RunFor(seconds(1));
  EXPECT_TRUE(far->ended());
  EXPECT_EQ(fan_out_.watches(), 0u);
}

TEST_F(FanOutTest, BookmarksTellHowFarAQuietWatchHasCome) {
  List({}, 7);
  const FarEnd far =
      AskAllowed("/agents?watch=1&resourceVersion=7&allowWatchBookmarks=true");
  agents().OnVersion("30");
  loop_.RunFor(minutes(1));
  EXPECT_THAT(far->body(), HasSubstr(R"("type":"BOOKMARK")"));
  EXPECT_THAT(far->body(), HasSubstr(R"("resourceVersion":"30")"));
}

TEST_F(FanOutTest, WhoMayNotIsRefusedInTheApiServersWords) {
  List({}, 7);
  EXPECT_EQ(Ask("/agents", "")->head().status, 401);
  const FarEnd stranger = Ask("/agents", "who");
  web_.last().Answer(401, "{}");
  EXPECT_EQ(stranger->head().status, 401);
  const FarEnd denied = Ask("/agents", "other");
  web_.last().Answer(201, R"({"status":{"allowed":false}})");
  EXPECT_EQ(denied->head().status, 403);
  EXPECT_THAT(denied->body(), HasSubstr(R"("reason":"Forbidden")"));
}

TEST_F(FanOutTest, BeforeTheFirstListNothingIsSaidToBeThere) {
  EXPECT_EQ(AskAllowed("/agents")->head().status, 503);
  EXPECT_FALSE(fan_out_.ready());
}

TEST_F(FanOutTest, AClientThatLeavesWhileItsRightIsAskedForIsForgotten) {
  List({}, 7);
  const FarEnd far = Ask("/agents");
  far->Reset(http::Reset::kCancelled);
  loop_.RunTurn();
  web_.last().Answer(201, R"({"status":{"allowed":true}})");
  EXPECT_FALSE(far->answered());
}

TEST_F(FanOutTest, IsReadyWhenEveryKindHasBeenListed) {
  auto ask = [this](const std::string& path) {
    auto far = std::make_shared<test::FarEnd>(/*server=*/true);
    http::RequestHead head;
    head.method = "GET";
    head.path = path;
    fan_out_.OnCall({}, head, test::MakeFakeStream(far), true);
    return far;
  };
  EXPECT_EQ(ask("/livez")->head().status, 200);
  EXPECT_EQ(ask("/readyz")->head().status, 503);
  agents().OnHealth({.problem = "403: may not list agents"});
  EXPECT_THAT(ask("/readyz")->body(), HasSubstr("agents: 403"));
  for (const Kind& kind : Kinds()) fan_out_.CacheOf(kind).OnListEnd("7");
  EXPECT_EQ(ask("/readyz")->head().status, 200);
  EXPECT_THAT(ask("/metrics")->body(), HasSubstr("herald_directory_watches 0"));
}

TEST_F(FanOutTest, OnlyReadingIsAnswered) {
  EXPECT_EQ(Ask("/agents", "secret", "POST")->head().status, 405);
  EXPECT_EQ(Ask("/pods")->head().status, 404);
}

}  // namespace
}  // namespace herald::fanout
