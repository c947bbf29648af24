// SPDX-License-Identifier: Apache-2.0
//
// Addresses that change under a connection: NATs that forget or rebind, and
// our own side going on from elsewhere.
#include <gtest/gtest.h>

#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Call = RecordingHandler::Call;

constexpr Duration kNatForgets = seconds(20);

void AnswerWhole(Call& call) {
  call.ear.stream->SendResponse(http::ResponseHead{}, false);
  call.ear.stream->SendData("answer", true);
}

// A body that is sent bit by bit from now on, as an agent would stream it.
struct Stream {
  explicit Stream(TestPair& in)
      : pair(in), ear(in.Open(TestPair::Post("/s"), false)) {}
  void RunFor(Duration time) {
    Time end = pair.loop.Now() + time;
    while (pair.loop.Now() < end) {
      ear->stream->SendData("x", false);
      ++given;
      pair.loop.RunFor(milliseconds(50));
    }
  }
  // Whether the server's agent got all of it.
  bool Finish() {
    ear->stream->SendData("", true);
    Call& call = *pair.handler.calls.back();
    return pair.loop.RunUntil([&] { return call.ear.done(); }, seconds(5)) &&
           call.ear.body.size() == given && !call.ear.reset;
  }
  TestPair& pair;
  std::unique_ptr<Ear> ear;
  size_t given = 0;
};

struct MigrationTest : ::testing::Test {
  void BehindNat() {
    pair.network.PutBehindNat(kClientAddress, kNatForgets);
    ASSERT_TRUE(pair.Up());
    pair.loop.RunFor(seconds(1));
  }
  // The endpoint goes before a socket that the test made.
  void EndClient() {
    if (pair.client.link != nullptr) pair.client.link->Leave();
    pair.client.link = nullptr;
    pair.endpoint_a.reset();
  }
  TestPair pair;
};

TEST_F(MigrationTest, SlowCallOutlivesANatThatForgetsAfterTwentySeconds) {
  BehindNat();
  auto ear = pair.Open(TestPair::Get("/slow"), true);
  pair.loop.RunFor(seconds(125));  // nobody says anything but the keep-alive
  ASSERT_EQ(pair.handler.calls.size(), 1u);
  AnswerWhole(*pair.handler.calls[0]);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }, seconds(2)));
  EXPECT_EQ(ear->body, "answer");
  EXPECT_TRUE(pair.moved.empty()) << "the NAT never forgot us";
}

TEST_F(MigrationTest, WithoutKeepAliveTheAnswerIsLost) {
  pair.client_transport.quic.keep_alive = std::chrono::hours(1);
  for (auto* o : {&pair.client_transport, &pair.server_transport}) {
    o->quic.idle_timeout = std::chrono::hours(1);
  }
  BehindNat();
  auto ear = pair.Open(TestPair::Get("/slow"), true);
  pair.loop.RunFor(seconds(125));
  AnswerWhole(*pair.handler.calls.at(0));
  EXPECT_FALSE(pair.loop.RunUntil([&] { return ear->done(); }, seconds(2)))
      << "or this network's NAT is none";
}

TEST_F(MigrationTest, ServerFollowsARebindingNatAndLosesNoCall) {
  BehindNat();
  Stream stream(pair);
  stream.RunFor(seconds(1));
  for (int i = 0; i < 3; ++i) {
    pair.network.Rebind(kClientAddress);
    stream.RunFor(seconds(1));
  }
  ASSERT_EQ(pair.moved.size(), 3u);
  EXPECT_NE(pair.moved[0], pair.moved[2]);
  EXPECT_TRUE(stream.Finish());
  AnswerWhole(*pair.handler.calls.back());
  EXPECT_TRUE(pair.loop.RunUntil([&] { return stream.ear->done(); }));
  EXPECT_EQ(stream.ear->body, "answer");
}

TEST_F(MigrationTest, PeerHasMovedWhenItHasProvenItsNewAddress) {
  BehindNat();
  Stream stream(pair);
  stream.RunFor(seconds(1));
  pair.network.Rebind(kClientAddress);
  pair.network.link(kServerAddress, kClientAddress).cut = true;
  stream.RunFor(milliseconds(200));
  EXPECT_TRUE(pair.moved.empty());
  pair.network.link(kServerAddress, kClientAddress).cut = false;
  stream.RunFor(seconds(2));
  EXPECT_EQ(pair.moved.size(), 1u);
  EXPECT_TRUE(stream.Finish());
}

TEST_F(MigrationTest, ClientGoesOnFromAnotherAddressOfItsOwn) {
  ASSERT_TRUE(pair.Up());
  Stream stream(pair);
  stream.RunFor(seconds(1));
  // The interface is gone, and another one is there.
  pair.network.link(kClientAddress, kServerAddress).cut = true;
  pair.network.link(kServerAddress, kClientAddress).cut = true;
  auto other = pair.network.Bind("10.0.9.9:2000");
  pair.endpoint_a->Move(*other);
  stream.RunFor(seconds(1));
  EXPECT_EQ(pair.moved, std::vector<std::string>{"10.0.9.9:2000"});
  EXPECT_TRUE(stream.Finish());
  EndClient();
}

}  // namespace
}  // namespace herald::transport
