// SPDX-License-Identifier: Apache-2.0
//
// What a peer with a good certificate and bad manners can do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/transport/h3_codes.h"
#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using ::testing::HasSubstr;
using Call = RecordingHandler::Call;

http::Headers Many(size_t count) {
  http::Headers headers;
  for (size_t i = 0; i < count; ++i) headers.Add("x-f", "1");
  return headers;
}

http::Headers Long(size_t bytes) {
  http::Headers headers;
  for (size_t at = 0; at < bytes; at += 8000) {
    headers.Add("x-f", std::string(8000, 'a'));
  }
  return headers;
}

// --- Header bombs, in each section that has fields.

TEST(AbuseTest, RequestWithTooManyFieldsIsResetAtTheBound) {
  for (size_t count : {100, 101}) {
    TestPair pair;
    ASSERT_TRUE(pair.Up());
    http::RequestHead head = TestPair::Get("/");
    head.headers = Many(count);
    auto ear = pair.Open(head, true);
    pair.loop.RunFor(std::chrono::milliseconds(100));
    EXPECT_EQ(pair.handler.calls.size(), count == 100 ? 1u : 0u) << count;
    EXPECT_EQ(ear->reset == http::Reset::kTooBig, count > 100);
  }
}

TEST(AbuseTest, RequestWithTooManyBytesIsReset) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  http::RequestHead head = TestPair::Get("/");
  head.headers = Long(80'000);
  auto ear = pair.Open(head, true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_EQ(ear->reset, http::Reset::kTooBig);
  EXPECT_TRUE(pair.handler.calls.empty());
}

TEST(AbuseTest, ResponseBombHarmsOnlyItsOwnCall) {
  TestPair pair;
  pair.handler.answer = [](Call& call) {
    http::ResponseHead head;
    if (call.head.path == "/bomb") head.headers = Many(500);
    call.ear.stream->SendResponse(head, true);
  };
  ASSERT_TRUE(pair.Up());
  auto bomb = pair.Open(TestPair::Get("/bomb"), true);
  auto good = pair.Open(TestPair::Get("/good"), true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return bomb->done() && good->done(); }));
  EXPECT_EQ(bomb->reset, http::Reset::kTooBig);
  EXPECT_FALSE(good->reset);
}

TEST(AbuseTest, TrailerBombIsReset) {
  TestPair pair;
  pair.handler.answer = [](Call& call) {
    call.ear.stream->SendResponse(http::ResponseHead{}, false);
    call.ear.stream->SendTrailers(Many(500));
  };
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Get("/"), true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_EQ(ear->reset, http::Reset::kTooBig);
}

TEST(AbuseTest, InterimAnswersAreCountedEachAndTogether) {
  for (bool big : {true, false}) {
    TestPair pair;
    pair.handler.answer = [&](Call& call) {
      http::ResponseHead head{.status = 103};
      if (big) head.headers = Many(500);
      for (int i = 0; i < (big ? 1 : 40); ++i) {
        call.ear.stream->SendResponse(head, false);
      }
    };
    ASSERT_TRUE(pair.Up());
    auto ear = pair.Open(TestPair::Get("/"), true);
    ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
    EXPECT_EQ(ear->reset, big ? http::Reset::kTooBig : http::Reset::kProtocol);
  }
}

// --- Bodies unlike their declared length.

TEST(AbuseTest, OurEndNeverSendsABodyUnlikeItsLength) {
  for (const char* body : {"short", "much longer than ten"}) {
    TestPair pair;
    ASSERT_TRUE(pair.Up());
    http::RequestHead head = TestPair::Post("/");
    head.content_length = 10;
    auto ear = pair.Open(head, false);
    ear->stream->SendData(body, true);
    EXPECT_FALSE(ear->reset) << "no event from inside a call";
    ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
    EXPECT_EQ(ear->reset, http::Reset::kInternal);
    pair.loop.RunFor(std::chrono::milliseconds(100));
    EXPECT_NE(pair.client.link, nullptr) << "only the one call is lost";
    for (auto& call : pair.handler.calls) EXPECT_TRUE(call->ear.reset);
  }
}

TEST(AbuseTest, PeerThatLiesAboutALengthLosesItsConnection) {
  // A length smuggled in as an ordinary field passes our own check.
  for (const char* body : {"", "short", "much longer than ten"}) {
    SCOPED_TRACE(body);
    TestPair pair;
    ASSERT_TRUE(pair.Up());
    http::RequestHead head = TestPair::Post("/");
    head.headers.Add("content-length", "10");
    auto ear = pair.Open(head, false);
    pair.loop.RunFor(std::chrono::milliseconds(50));
    ear->stream->SendData(body, true);  // "" is the bare FIN
    ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
    EXPECT_EQ(ear->reset, http::Reset::kLost);
    ASSERT_EQ(pair.handler.calls.size(), 1u);
    EXPECT_FALSE(pair.handler.calls[0]->ear.ended)
        << "the server must never take it for complete";
    EXPECT_TRUE(pair.handler.calls[0]->ear.reset);
  }
}

// --- Resets.

TEST(AbuseTest, FloodOfResetsClosesTheConnection) {
  TestPair pair;
  pair.server_transport.reset_burst = 50;
  pair.server_transport.resets_per_second = 1;
  ASSERT_TRUE(pair.Up());
  int opened = 0;
  pair.loop.RunUntil(
      [&] {
        if (pair.client.link == nullptr) return true;
        if (pair.client.link->CanOpen()) {
          auto ear = pair.Open(TestPair::Post("/"), false);
          pair.loop.RunFor(std::chrono::milliseconds(3));
          ++opened;
        }
        return opened > 500;
      },
      std::chrono::seconds(30));
  EXPECT_EQ(pair.client.link, nullptr);
  EXPECT_GT(opened, 50);
  EXPECT_LT(opened, 70);
  EXPECT_THAT(pair.client.why, HasSubstr(std::to_string(kH3ExcessiveLoad)));
}

TEST(AbuseTest, StreamsComeBackOnlyWhenOurWorkForThemIsOver) {
  TestPair pair;
  pair.server_transport.quic.max_streams = 4;
  ASSERT_TRUE(pair.Up());
  for (int i = 0; i < 4; ++i) {
    auto ear = pair.Open(TestPair::Post("/"), false);
    pair.loop.RunFor(std::chrono::milliseconds(20));
  }  // each is cancelled at once
  pair.loop.RunFor(std::chrono::seconds(1));
  // The server's handles stand for work still going on behind it.
  ASSERT_EQ(pair.handler.calls.size(), 4u);
  EXPECT_FALSE(pair.client.link->CanOpen());
  pair.handler.calls.clear();
  pair.loop.RunFor(std::chrono::seconds(1));
  EXPECT_TRUE(pair.client.link->CanOpen());
}

TEST(AbuseTest, CallersThatNeverReadHoldAWindowAndNoMore) {
  TestPair pair;
  pair.client_transport.quic.stream_window = 64 << 10;
  pair.handler.answer = [](Call& call) {
    call.ear.stream->SendResponse(http::ResponseHead{}, false);
    call.ear.stream->SendData(std::string(1 << 20, 'x'), true);
  };
  ASSERT_TRUE(pair.Up());
  auto deaf = pair.Open(TestPair::Get("/"), true);
  deaf->consume = false;
  pair.loop.RunFor(std::chrono::seconds(1));
  EXPECT_LE(deaf->body.size(), 64u << 10);
  EXPECT_GT(deaf->body.size(), 60u << 10);
  auto other = pair.Open(TestPair::Get("/"), true);
  EXPECT_TRUE(pair.loop.RunUntil([&] { return other->done(); }));
  EXPECT_FALSE(other->reset);
}

TEST(AbuseTest, JunkDatagramsAreCountedAndDropped) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  for (size_t size : {1, 5, 20, 1200}) {
    std::vector<uint8_t> junk(size, 0xff);
    pair.socket_a->Send({pair.socket_a->local(), pair.socket_b->local()}, junk,
                        size, net::Ecn::kNotEct);
  }
  pair.loop.RunFor(std::chrono::milliseconds(100));
  EXPECT_GE(
      pair.metrics_b.counter("herald_mesh_junk_datagrams_total", "").value(),
      3u);
  auto ear = pair.Open(TestPair::Get("/"), true);
  pair.loop.RunUntil([&] { return !pair.handler.calls.empty(); });
  EXPECT_EQ(pair.handler.calls.size(), 1u);
}

}  // namespace
}  // namespace herald::transport
