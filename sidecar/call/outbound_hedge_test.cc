// SPDX-License-Identifier: Apache-2.0
//
// A call whose first byte is late asks a second peer: which calls may, whom,
// who wins, and what is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"
#include "sidecar/routing/peer_state.h"

namespace herald::call {
namespace {

using http::Reset;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class HedgeTest : public testing::Test {
 protected:
  // A hundred calls that took 10 ms: late is later than that, and two may be
  // hedged.
  HedgeTest() {
    scene_.environment.hedging = false;
    for (int i = 0; i < 100; ++i) {
      scene_.Ask(Request("GET", "/x"));
      scene_.loop.RunFor(milliseconds(10));
      scene_.mesh.far().Response(200, true);
      scene_.loop.RunTurn();
    }
    scene_.mesh.opened.clear();
    scene_.environment.hedging = true;
  }
  FarEndPtr Ask(const std::string& method = "GET",
                const std::string& labels = "") {
    http::RequestHead head = Request(method, "/x");
    if (!labels.empty()) head.headers.Add("herald-labels", labels);
    return scene_.Ask(head);
  }
  void Wait(milliseconds time) { scene_.loop.RunFor(time); }
  size_t sent() { return scene_.mesh.opened.size(); }
  FarEnd& first() { return *scene_.mesh.opened.at(0).far; }
  FarEnd& second() { return *scene_.mesh.opened.at(1).far; }
  std::string peer(size_t i) { return scene_.mesh.opened.at(i).peer; }

  Scene scene_;
};

TEST_F(HedgeTest, ALateCallAsksAnotherPeer) {
  Ask();
  Wait(milliseconds(9));
  EXPECT_EQ(sent(), 1u);
  Wait(milliseconds(1));
  ASSERT_EQ(sent(), 2u);
  EXPECT_NE(peer(0), peer(1));
  auto told =
      UnpackCall(*scene_.mesh.head().headers.Get(kContextHeader)).value();
  EXPECT_EQ(told.attempt, 2u);
  EXPECT_FALSE(first().gone());
}

TEST_F(HedgeTest, TheSecondMayWin) {
  auto client = Ask();
  Wait(milliseconds(10));
  second().Response(200, false);
  EXPECT_TRUE(first().gone());
  second().Data("answer", true);
  EXPECT_EQ(client->body(), "answer");
  EXPECT_EQ(client->Header("herald-peer"), peer(1));
  EXPECT_EQ(scene_.CounterValue("herald_hedges_won_total"), 1u);
  EXPECT_EQ(scene_.peers.State(peer(0)).in_flight(), 0u);
  EXPECT_EQ(scene_.peers.State(peer(1)).in_flight(), 0u);
}

TEST_F(HedgeTest, TheFirstMayWin) {
  auto client = Ask();
  Wait(milliseconds(10));
  first().Response(200, true);
  EXPECT_TRUE(second().gone());
  EXPECT_EQ(client->Header("herald-peer"), peer(0));
  EXPECT_EQ(scene_.CounterValue("herald_hedges_total"), 1u);
  EXPECT_EQ(scene_.CounterValue("herald_hedges_won_total"), 0u);
  EXPECT_EQ(scene_.peers.State(peer(1)).in_flight(), 0u);
}

TEST_F(HedgeTest, WhereTheFirstFailsTheSecondGoesOnAlone) {
  auto client = Ask();
  Wait(milliseconds(10));
  first().Reset(Reset::kLost);
  EXPECT_EQ(sent(), 2u);
  EXPECT_FALSE(client->answered());
  second().Response(200, true);
  EXPECT_EQ(client->head().status, 200);
}

TEST_F(HedgeTest, WhereTheFirstIsTurnedAwayTheSecondGoesOnAlone) {
  auto client = Ask();
  Wait(milliseconds(10));
  first().Response(OwnAnswer(503, /*not_processed=*/true), false);
  EXPECT_EQ(sent(), 2u);
  EXPECT_FALSE(client->answered());
  second().Response(200, true);
  EXPECT_EQ(client->Header("herald-peer"), peer(1));
}

TEST_F(HedgeTest, ASecondThatFailsCostsNothing) {
  for (bool refuses : {false, true}) {
    scene_.mesh.opened.clear();
    auto client = Ask();
    Wait(milliseconds(10));
    ASSERT_EQ(sent(), 2u);
    if (refuses) {
      second().Response(OwnAnswer(403, /*not_processed=*/true), true);
    } else {
      second().Reset(Reset::kLost);
    }
    EXPECT_FALSE(client->answered());
    first().Response(200, true);
    EXPECT_EQ(client->Header("herald-peer"), peer(0));
  }
}

TEST_F(HedgeTest, ALateCallWithAnEffectWaits) {
  Ask("POST");
  Wait(milliseconds(1000));
  EXPECT_EQ(sent(), 1u);
}

TEST_F(HedgeTest, OneCallInFiftyIsHedged) {
  for (int i = 0; i < 10; ++i) {
    scene_.mesh.opened.clear();
    Ask();
    Wait(milliseconds(10));
    first().Response(200, true);
  }
  EXPECT_EQ(scene_.CounterValue("herald_hedges_total"), 2u);
}

TEST_F(HedgeTest, ItCanBeSwitchedOff) {
  scene_.environment.hedging = false;
  Ask();
  Wait(milliseconds(1000));
  EXPECT_EQ(sent(), 1u);
}

TEST_F(HedgeTest, NobodyIsAskedWhomPolicyDenies) {
  for (int i = 0; i < 2; ++i) {
    scene_.mesh.opened.clear();
    Ask("GET", "personal");  // DE and FR
    Wait(milliseconds(10));
    ASSERT_EQ(sent(), 2u);
    EXPECT_NE(peer(1), "sum-us");
    first().Response(200, true);
  }
}

TEST_F(HedgeTest, WithoutAnotherPeerThereIsNoHedge) {
  discovery::AgentInfo agent{.name = "summarizer"};
  scene_.Know({Peer("sum-de", "DE", {agent})});
  Ask();
  Wait(milliseconds(1000));
  EXPECT_EQ(sent(), 1u);
}

TEST_F(HedgeTest, BothAttemptsAreRecorded) {
  Ask("GET", "audited");
  Wait(milliseconds(10));
  second().Response(200, true);
  const auto& lines = scene_.decisions.lines;
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], HasSubstr(R"("attempt":1)"));
  EXPECT_THAT(lines[1], HasSubstr(R"("attempt":2)"));
  EXPECT_THAT(lines[2], HasSubstr(R"("attempt":1)"));
  EXPECT_THAT(lines[2], HasSubstr(R"("outcome":"cancelled")"));
  EXPECT_THAT(lines[3], HasSubstr(R"("attempt":2)"));
  EXPECT_THAT(lines[3], HasSubstr(R"("outcome":"ok")"));
}

TEST_F(HedgeTest, AClientThatLeavesCancelsBoth) {
  auto client = Ask();
  Wait(milliseconds(10));
  client->Reset(Reset::kCancelled);
  EXPECT_TRUE(first().gone());
  EXPECT_TRUE(second().gone());
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.outbound.open(), 0u);
  EXPECT_EQ(scene_.peers.State(peer(1)).in_flight(), 0u);
}

TEST_F(HedgeTest, TheDeadlineCancelsBoth) {
  http::RequestHead head = Request("GET", "/x");
  head.headers.Add("herald-timeout", "100ms");
  auto client = scene_.Ask(head);
  Wait(milliseconds(100));
  EXPECT_EQ(client->head().status, 504);
  EXPECT_TRUE(first().gone());
  EXPECT_TRUE(second().gone());
}

TEST_F(HedgeTest, TheWholeRequestGoesToBoth) {
  http::RequestHead head = Request("POST", "/sum");  // declared idempotent
  auto client = scene_.Ask(head, /*end=*/false);
  client->Data("text", true);
  first().SentAll();
  Wait(milliseconds(10));
  ASSERT_EQ(sent(), 2u);
  EXPECT_EQ(second().body(), "text");
  second().SentAll();
  second().Response(200, true);
  EXPECT_EQ(client->owed(), 0u);
}

TEST_F(HedgeTest, ARequestThatIsNotWholeYetIsNotHedged) {
  auto client = scene_.Ask(Request("POST", "/sum"), /*end=*/false);
  client->Data("te", false);
  Wait(milliseconds(100));
  EXPECT_EQ(sent(), 1u);
}

}  // namespace
}  // namespace herald::call
