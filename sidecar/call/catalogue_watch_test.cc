// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using discovery::EndpointPtr;
using std::chrono::seconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CatalogueWatchTest : public testing::Test {
 protected:
  FarEndPtr Watch(const std::string& query = "watch=1") {
    return scene_.Ask(Request("GET", "/.herald/agents?" + query));
  }
  // What was sent since the last look.
  std::string News(const FarEndPtr& far) {
    std::string news = far->body().substr(seen_);
    seen_ = far->body().size();
    if (far->unsent() > 0) far->SentAll();
    return news + far->body().substr(seen_);
  }
  void Change(std::vector<EndpointPtr> peers,
              const std::vector<std::string>& names) {
    scene_.Know(std::move(peers));
    scene_.outbound.watches().OnPeers(names);
  }

  Scene scene_;
  size_t seen_ = 0;
};

TEST_F(CatalogueWatchTest, BeginsWithAllThereIs) {
  const FarEndPtr far = Watch();
  EXPECT_EQ(far->Header("content-type"), "text/event-stream");
  EXPECT_EQ(far->Header("herald-call-id").size(), 22u);
  const std::string news = News(far);
  EXPECT_THAT(news, StartsWith("event: changed\ndata: {\"name\":\"planner\""));
  EXPECT_THAT(news,
              HasSubstr("event: changed\ndata: {\"name\":\"summarizer\""));
  EXPECT_THAT(news, EndsWith("\n\nevent: listed\ndata: {}\n\n"));
  EXPECT_FALSE(far->ended());
}

TEST_F(CatalogueWatchTest, TellsWhatChangedAndWhatIsGone) {
  const FarEndPtr far = Watch();
  News(far);
  Change({Peer("sum-de", "DE", {{.name = "summarizer"}}),
          Peer("new", "DE", {{.name = "painter"}})},
         {"new", "sum-fr", "sum-us"});
  const std::string news = News(far);
  EXPECT_THAT(news, HasSubstr("event: changed\ndata: {\"name\":\"painter\""));
  EXPECT_THAT(news, HasSubstr("\"name\":\"summarizer\""));
  EXPECT_THAT(news, Not(HasSubstr("planner")));
  EXPECT_THAT(news, Not(HasSubstr("sum-fr")));
  Change({Peer("sum-de", "DE", {{.name = "summarizer"}})}, {"new"});
  EXPECT_EQ(News(far), "event: removed\ndata: {\"name\":\"painter\"}\n\n");
}

TEST_F(CatalogueWatchTest, SaysNothingWhereNothingToSeeChanged) {
  const FarEndPtr far = Watch("watch=1&country=DE");
  News(far);
  auto peers = std::vector<EndpointPtr>(scene_.snapshot->peers().begin(),
                                        scene_.snapshot->peers().end());
  peers.pop_back();  // sum-us
  Change(peers, {"sum-us"});
  EXPECT_EQ(News(far), "");
}

TEST_F(CatalogueWatchTest, ASlowReaderIsToldTheLatest) {
  std::vector<discovery::AgentInfo> many;
  for (int i = 0; i < 2000; ++i) {
    many.push_back({.name = "agent-" + std::to_string(i), .skills = {"old"}});
  }
  scene_.Know({Peer("big", "DE", many)});
  const FarEndPtr far = Watch();
  const size_t held = far->unsent();
  EXPECT_LT(held, 70'000u);  // 64 KiB, and the event that passed them
  for (auto& agent : many) agent.skills = {"new"};
  Change({Peer("big", "DE", many)}, {"big"});
  EXPECT_EQ(far->unsent(), held);
  while (far->unsent() > 0) far->SentAll();
  EXPECT_THAT(far->body(), HasSubstr("event: listed"));
  // The last of all was never told as it once was.
  const size_t last = far->body().find("\"agent-999\"");
  ASSERT_NE(last, std::string::npos);
  EXPECT_THAT(far->body().substr(last, 40), HasSubstr("new"));
}

TEST_F(CatalogueWatchTest, SilenceIsBrokenByAComment) {
  const FarEndPtr far = Watch();
  News(far);
  scene_.loop.RunFor(seconds(14));
  EXPECT_EQ(News(far), "");
  scene_.loop.RunFor(seconds(2));
  EXPECT_EQ(News(far), ":\n\n");
}

TEST_F(CatalogueWatchTest, OneThatLeftIsForgotten) {
  const FarEndPtr far = Watch();
  EXPECT_EQ(scene_.outbound.watches().size(), 1u);
  far->Reset(http::Reset::kCancelled);
  EXPECT_EQ(scene_.outbound.watches().size(), 0u);
  Change({}, {"sum-de"});
  scene_.loop.RunFor(seconds(60));
  EXPECT_TRUE(far->gone());
}

TEST_F(CatalogueWatchTest, TheEndOfTheSidecarEndsIt) {
  const FarEndPtr far = Watch();
  scene_.outbound.watches().End();
  EXPECT_TRUE(far->ended());
  EXPECT_EQ(scene_.outbound.watches().size(), 0u);
}

TEST_F(CatalogueWatchTest, OneTooManyIsToldSo) {
  std::vector<FarEndPtr> all;
  for (size_t i = 0; i < CatalogueWatches::kMost; ++i) all.push_back(Watch());
  const FarEndPtr far = Watch();
  EXPECT_EQ(far->head().status, 429);
  EXPECT_TRUE(far->ended());
}

TEST_F(CatalogueWatchTest, AQuestionThatIsNoneIsAnsweredSo) {
  const FarEndPtr far = Watch("watch=1&tier=Edge");
  EXPECT_EQ(far->head().status, 400);
  EXPECT_THAT(far->body(), HasSubstr("is no tier"));
}

TEST_F(CatalogueWatchTest, WhatAPeerSaysItselfIsNews) {
  scene_.peers.OnGreeting([this](const std::string& peer) {
    scene_.outbound.watches().OnPeers({&peer, 1});
  });
  const FarEndPtr far = Watch();
  News(far);
  const EndpointPtr peer = *scene_.snapshot->FindPeer("sum-de");
  const std::string said =
      R"({"agents":[{"name":"summarizer","skills":["shorten"]}]})";
  scene_.peers.OnProbe(*peer, http::ResponseHead{.status = 200}, said);
  EXPECT_THAT(News(far), HasSubstr("\"shorten\""));
  scene_.peers.OnProbe(*peer, http::ResponseHead{.status = 200}, said);
  EXPECT_EQ(News(far), "");
}

}  // namespace
}  // namespace herald::call
