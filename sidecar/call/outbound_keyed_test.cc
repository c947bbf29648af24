// SPDX-License-Identifier: Apache-2.0
//
// Calls of our agent with an idempotency key: lost ones go to the same peer
// again, once it vouches for its memory, and nowhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using http::Reset;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class OutboundKeyedTest : public testing::Test {
 protected:
  OutboundKeyedTest() {
    scene_.loop.RunFor(seconds(100));
    for (const char* peer : {"sum-de", "sum-fr", "sum-us"}) Word(peer);
    scene_.loop.RunFor(milliseconds(10));
  }
  FarEndPtr Ask(const std::string& key = "k", const char* timeout = "") {
    http::RequestHead head = Request("POST", "/buy");
    head.headers.Add("idempotency-key", key);
    if (*timeout) head.headers.Add("herald-timeout", timeout);
    return scene_.Ask(head);
  }
  // The peer's sidecar says that it remembers, for `reach`.
  void Word(const std::string& peer, Duration reach = seconds(60),
            uint64_t id = 1) {
    http::ResponseHead head{.status = 204};
    head.headers.Add(
        kContextHeader,
        Pack(ReplyContext{.own_answer = true, .memory = {{id, reach}}}));
    scene_.peers.OnProbe({.name = peer}, head, "");
    scene_.loop.RunTurn();
  }
  // The connection goes, and everything on it.
  void Lose() {
    peer_ = scene_.mesh.peer();
    scene_.SetLink(peer_, routing::Link::kDown);
    scene_.mesh.far().Reset(Reset::kLost);
  }
  // ... and does not come back for so long: a repetition cannot leave.
  void StaysAway(Duration time) {
    const Time end = scene_.loop.Now() + time;
    while (scene_.loop.Now() < end) {
      FarEnd& far = scene_.mesh.far();
      if (!far.gone()) far.Reset(Reset::kNotSent);
      scene_.loop.RunFor(milliseconds(250));
    }
  }
  // ... and it is there again, and says since when it remembers.
  void ComesBack(Duration reach = seconds(90), uint64_t id = 1) {
    StaysAway(milliseconds(500));
    if (!scene_.mesh.far().gone()) scene_.mesh.far().Reset(Reset::kNotSent);
    scene_.SetLink(peer_, routing::Link::kUp);
    scene_.loop.RunFor(milliseconds(10));
    Word(peer_, reach, id);
    scene_.loop.RunFor(milliseconds(250));
  }
  size_t sent() { return scene_.mesh.opened.size(); }
  CallContext Told() {
    return UnpackCall(*scene_.mesh.head().headers.Get(kContextHeader)).value();
  }
  void ExpectUnknown(const FarEndPtr& client, const std::string& why) {
    ASSERT_TRUE(client->answered());
    EXPECT_EQ(client->head().status, 502);
    EXPECT_THAT(client->body(), HasSubstr("problems/outcome-unknown"));
    EXPECT_THAT(client->body(), HasSubstr(why));
  }

  Scene scene_;
  std::string peer_;  // the one that was lost
};

TEST_F(OutboundKeyedTest, ALostCallGoesToTheSamePeerUntilItAnswers) {
  auto client = Ask();
  EXPECT_EQ(Told().repeats, std::nullopt);
  scene_.loop.RunFor(milliseconds(20));
  Lose();
  EXPECT_EQ(sent(), 2u);  // at once: the process may be there again
  StaysAway(seconds(5));
  EXPECT_FALSE(client->answered());
  for (const auto& opened : scene_.mesh.opened) EXPECT_EQ(opened.peer, peer_);
  EXPECT_EQ(Told().repeats->memory, 1u);
  EXPECT_EQ(Told().repeats->age, Duration(milliseconds(5'020)));
  scene_.mesh.far().Response(201, true);
  EXPECT_EQ(client->head().status, 201);
}

TEST_F(OutboundKeyedTest, WhoseMemoryIsNotKnownIsWaitedFor) {
  for (const char* peer : {"sum-de", "sum-fr", "sum-us"}) {
    scene_.SetLink(peer, routing::Link::kDown);  // forgets what they said
    scene_.SetLink(peer, routing::Link::kUp);
  }
  auto client = Ask();
  scene_.loop.RunFor(milliseconds(20));
  Lose();
  scene_.loop.RunFor(seconds(5));
  EXPECT_EQ(sent(), 1u);
  EXPECT_FALSE(client->answered());
  Word(peer_, seconds(90));
  ASSERT_EQ(sent(), 2u);
  EXPECT_EQ(Told().repeats->age, Duration(milliseconds(5'020)));
}

TEST_F(OutboundKeyedTest, APeerThatWasRestartedIsNotAskedAgain) {
  auto client = Ask();
  Lose();
  ComesBack(/*reach=*/milliseconds(300), /*id=*/2);
  ExpectUnknown(client, "has no memory of that time");
}

// What it says is as old as the way back is long: the margin is on our side.
TEST_F(OutboundKeyedTest, AMemoryMustReachBeyondTheFirstAttempt) {
  auto client = Ask();
  Lose();
  ComesBack(/*reach=*/milliseconds(510));  // to the very moment
  ExpectUnknown(client, "has no memory of that time");
}

TEST_F(OutboundKeyedTest, APeerThatStaysAwayIsGivenTenSeconds) {
  auto client = Ask();
  Lose();
  StaysAway(milliseconds(9'750));
  EXPECT_FALSE(client->answered());
  StaysAway(milliseconds(500));
  ExpectUnknown(client, "did not answer again");
}

TEST_F(OutboundKeyedTest, APeerThatTakesItAndStaysSilentIsGivenTenSecondsToo) {
  auto client = Ask();
  Lose();
  scene_.loop.RunFor(seconds(10));
  ExpectUnknown(client, "did not answer again");
  EXPECT_TRUE(scene_.mesh.far().gone());
}

TEST_F(OutboundKeyedTest, APeerThatIsThereAgainMayTakeItsTime) {
  auto client = Ask();
  Lose();
  scene_.SetLink(peer_, routing::Link::kUp);
  scene_.loop.RunFor(seconds(1));
  Word(peer_, seconds(90));
  scene_.loop.RunFor(seconds(60));
  EXPECT_FALSE(client->answered());
  scene_.mesh.far().Response(201, true);
  EXPECT_EQ(client->head().status, 201);
}

TEST_F(OutboundKeyedTest, TheDeadlineEndsTheWait) {
  auto client = Ask("k", "2s");
  Lose();
  scene_.loop.RunFor(seconds(2));
  EXPECT_EQ(client->head().status, 504);
  scene_.loop.RunFor(seconds(60));
  EXPECT_EQ(scene_.outbound.open(), 0u);
}

// It was answered, and went on to the next repetition, which ended the process.
TEST_F(OutboundKeyedTest, TheDeadlineEndsTheWaitOfAnUnfinishedRequestToo) {
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  head.headers.Add("herald-timeout", "2s");
  auto client = scene_.Ask(head, /*end=*/false);
  client->Data("the first half", false);
  Lose();
  scene_.loop.RunFor(milliseconds(1'900));
  scene_.mesh.far().Reset(Reset::kNotSent);  // tried again a little later
  scene_.loop.RunFor(milliseconds(100));
  EXPECT_EQ(client->head().status, 504);
  const size_t before = sent();
  scene_.loop.RunFor(seconds(20));
  EXPECT_EQ(sent(), before);
}

TEST_F(OutboundKeyedTest, AClientThatLeavesEndsTheWait) {
  auto client = Ask();
  Lose();
  client->Reset(Reset::kCancelled);
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.outbound.open(), 0u);
  EXPECT_TRUE(scene_.mesh.far().gone());
}

TEST_F(OutboundKeyedTest, APeerThatLeavesDiscoveryIsNotWaitedFor) {
  auto client = Ask();
  scene_.Know({});
  Lose();
  ExpectUnknown(client, "is no longer known");
}

TEST_F(OutboundKeyedTest, ARepetitionThatIsTurnedAwayIsStillUnknown) {
  auto client = Ask();
  Lose();
  scene_.mesh.far().Response(OwnAnswer(429, /*not_processed=*/true), true);
  ExpectUnknown(client, "would not take it again (429)");
  EXPECT_EQ(sent(), 2u);
}

TEST_F(OutboundKeyedTest, ACallIsLostFourTimesAtMost) {
  auto client = Ask();
  for (int i = 0; i < 10 && !client->answered(); ++i) Lose();
  EXPECT_EQ(sent(), 4u);
  ExpectUnknown(client, "lost it again");
}

TEST_F(OutboundKeyedTest, WhatWasNotDoneGoesElsewhereAsEver) {
  for (Reset reason : {Reset::kNotSent, Reset::kRefused}) {
    const size_t before = sent();
    auto client = Ask(std::string(http::ToString(reason)));
    const std::string first = scene_.mesh.peer();
    scene_.mesh.far().Reset(reason);
    EXPECT_EQ(sent(), before + 2);
    EXPECT_NE(scene_.mesh.peer(), first);
    EXPECT_EQ(Told().repeats, std::nullopt);
    scene_.mesh.far().Response(200, true);
  }
}

TEST_F(OutboundKeyedTest, AnIdempotentMethodNeedsNoKey) {
  http::RequestHead head = Request("POST", "/summary");  // declared
  head.headers.Add("idempotency-key", "k");
  scene_.Ask(head);
  const std::string first = scene_.mesh.peer();
  Lose();
  EXPECT_EQ(sent(), 2u);
  EXPECT_NE(scene_.mesh.peer(), first);
}

TEST_F(OutboundKeyedTest, TheAgentsOwnRepetitionGoesToTheSamePeer) {
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key-" + std::to_string(i);
    Ask(key);
    const std::string peer = scene_.mesh.peer();
    scene_.mesh.far().Response(200, true);
    scene_.loop.RunFor(seconds(3));
    Ask(key);
    EXPECT_EQ(scene_.mesh.peer(), peer);
    EXPECT_EQ(Told().repeats->age, Duration(seconds(3)));
    scene_.mesh.far().Response(200, true);
  }
}

TEST_F(OutboundKeyedTest, ALongRequestCannotBeSentAgain) {
  http::RequestHead head = Request("POST", "/buy");
  head.headers.Add("idempotency-key", "k");
  auto client = scene_.Ask(head, /*end=*/false);
  client->Data(std::string(100'000, 'x'), true);
  scene_.mesh.far().SentAll();
  Lose();
  ExpectUnknown(client, "was sent more than is kept");
}

TEST_F(OutboundKeyedTest, AnAnswerThatBreaksOffIsFetchedAgain) {
  auto client = Ask();
  scene_.mesh.far().Response({.status = 200, .content_length = 8}, false);
  scene_.mesh.far().Data("half", false);
  Lose();
  ASSERT_EQ(sent(), 2u);
  scene_.mesh.far().Response({.status = 200, .content_length = 8}, false);
  scene_.mesh.far().Data("the rest", true);
  EXPECT_EQ(client->body(), "the rest");
}

TEST_F(OutboundKeyedTest, AKeyThatCannotBeOneIsABadRequest) {
  auto client = Ask("");
  EXPECT_EQ(client->head().status, 400);
  EXPECT_THAT(client->body(), HasSubstr("idempotency-key"));
  EXPECT_EQ(sent(), 0u);
}

}  // namespace
}  // namespace herald::call
