// SPDX-License-Identifier: Apache-2.0
//
// Calls that come while the only peer for them has just fallen silent: it may
// but have paused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using routing::kLongestPause;
using routing::Link;
using std::chrono::milliseconds;
using std::chrono::seconds;

class OutboundReturnTest : public testing::Test {
 protected:
  OutboundReturnTest() {
    scene_.Know({Peer("sum-de", "DE", {{.name = "summarizer"}})});
    Set(Link::kUp);
    Set(Link::kDown);
  }
  void Set(Link link) {
    scene_.SetLink("sum-de", link);
    scene_.loop.RunTurn();
  }
  FarEndPtr Ask(bool end = true) {
    http::RequestHead head = Request("POST", "/pay");
    head.headers.Add("herald-timeout", "2s");
    return scene_.Ask(std::move(head), end);
  }

  Scene scene_;
};

TEST_F(OutboundReturnTest, ItGoesThereAsSoonAsThePeerIsBack) {
  auto client = Ask();
  scene_.loop.RunFor(milliseconds(60));
  EXPECT_TRUE(scene_.mesh.opened.empty());
  EXPECT_FALSE(client->answered());
  Set(Link::kUp);
  ASSERT_EQ(scene_.mesh.opened.size(), 1u);
  scene_.mesh.far().Response(200, true);
  EXPECT_EQ(client->head().status, 200);
}

TEST_F(OutboundReturnTest, AfterTheLongestPauseNobodyIsThere) {
  auto client = Ask();
  scene_.loop.RunFor(kLongestPause - milliseconds(1));
  EXPECT_FALSE(client->answered());
  scene_.loop.RunFor(milliseconds(1));
  EXPECT_EQ(client->head().status, 503);
}

TEST_F(OutboundReturnTest, WhoIsDownForLongerIsNotAwaited) {
  scene_.loop.RunFor(kLongestPause);
  EXPECT_EQ(Ask()->head().status, 503);
}

TEST_F(OutboundReturnTest, WhoWasNeverReachedIsNotAwaited) {
  scene_.Know({Peer("sum-fr", "FR", {{.name = "summarizer"}})});
  scene_.SetLink("sum-fr", Link::kConnecting);
  scene_.SetLink("sum-fr", Link::kDown);
  EXPECT_EQ(Ask()->head().status, 503);
}

TEST_F(OutboundReturnTest, WhereAnotherCanServeNobodyIsAwaited) {
  scene_.Know({Peer("sum-de", "DE", {{.name = "summarizer"}}),
               Peer("sum-fr", "FR", {{.name = "summarizer"}})});
  Ask();
  ASSERT_EQ(scene_.mesh.opened.size(), 1u);
  EXPECT_EQ(scene_.mesh.peer(), "sum-fr");
}

TEST_F(OutboundReturnTest, OneThatFallsSilentAgainIsNotAwaitedAnew) {
  auto client = Ask();
  scene_.loop.RunFor(milliseconds(100));
  scene_.SetLink("sum-de", Link::kUp);
  scene_.SetLink("sum-de", Link::kDown);
  scene_.loop.RunFor(milliseconds(50));
  EXPECT_EQ(client->head().status, 503);
}

TEST_F(OutboundReturnTest, ADeadlineEndsTheWait) {
  http::RequestHead head = Request("POST", "/pay");
  head.headers.Add("herald-timeout", "50ms");
  auto client = scene_.Ask(std::move(head), /*end=*/false);
  scene_.loop.RunFor(milliseconds(50));
  EXPECT_EQ(client->head().status, 504);
  Set(Link::kUp);
  scene_.loop.RunFor(seconds(1));
  EXPECT_TRUE(scene_.mesh.opened.empty());
}

TEST_F(OutboundReturnTest, AClientThatLeavesEndsTheWait) {
  auto client = Ask();
  client->Reset(http::Reset::kCancelled);
  Set(Link::kUp);
  EXPECT_TRUE(scene_.mesh.opened.empty());
  EXPECT_EQ(scene_.outbound.open(), 0u);
}

}  // namespace
}  // namespace herald::call
