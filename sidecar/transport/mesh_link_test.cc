// SPDX-License-Identifier: Apache-2.0
//
// Calls between two sidecars' transports over a network in memory.
#include "sidecar/transport/mesh_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using Call = RecordingHandler::Call;

void Answer(Call& call, int status, const std::string& body) {
  http::ResponseHead head;
  head.status = status;
  head.headers.Add("content-type", "text/plain");
  head.content_length = body.size();
  call.ear.stream->SendResponse(head, body.empty());
  if (!body.empty()) call.ear.stream->SendData(body, true);
}

TEST(MeshLinkTest, CarriesACallWithBothIdentitiesProven) {
  TestPair pair;
  ASSERT_TRUE(pair.Up()) << pair.client.why;
  EXPECT_EQ(pair.client.link->connection().peer()->text(), kSummarizer);
  pair.handler.answer = [](Call& call) { Answer(call, 200, "short"); };

  auto ear = pair.Open(TestPair::Get("/summarize?x=1"), true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));

  ASSERT_FALSE(ear->reset) << http::ToString(*ear->reset) << pair.client.why;
  ASSERT_EQ(pair.handler.calls.size(), 1u);
  const Call& call = *pair.handler.calls[0];
  EXPECT_EQ(call.identity, kPlanner);
  EXPECT_EQ(call.head.method, "GET");
  EXPECT_EQ(call.head.path, "/summarize?x=1");
  EXPECT_EQ(call.head.authority, "summarizer.herald");
  EXPECT_TRUE(call.ear.ended);
  ASSERT_EQ(ear->heads.size(), 1u);
  EXPECT_EQ(ear->heads[0].status, 200);
  EXPECT_EQ(ear->heads[0].content_length, 5u);
  EXPECT_EQ(ear->body, "short");
  EXPECT_FALSE(ear->reset);
}

TEST(MeshLinkTest, MeasuresTheRoundTrip) {
  TestPair pair;
  pair.network.defaults().delay = std::chrono::milliseconds(20);
  ASSERT_TRUE(pair.Up());
  pair.loop.RunFor(std::chrono::seconds(1));
  RttSample rtt = pair.client.link->connection().Rtt();
  EXPECT_GE(rtt.minimum, std::chrono::milliseconds(40));
  EXPECT_LE(rtt.smoothed, std::chrono::milliseconds(50));
}

// A call whose answer takes a while: the datagrams that the server sends.
class LateAnswer {
 public:
  LateAnswer() {
    EXPECT_TRUE(pair.Up());
    pair.loop.RunFor(std::chrono::seconds(1));
    pair.network.SetTap([this](const Address& from, const Address&, auto) {
      if (from == *Address::Parse(kServerAddress)) ++datagrams;
    });
    ear = pair.Open(TestPair::Get("/"), true);
    EXPECT_TRUE(
        pair.loop.RunUntil([this] { return !pair.handler.calls.empty(); }));
  }

  int datagrams = 0;
  TestPair pair;
  std::unique_ptr<Ear> ear;
};

TEST(MeshLinkTest, AnAcknowledgementTravelsWithTheAnswerThatIsNear) {
  LateAnswer late;
  late.pair.loop.RunFor(std::chrono::milliseconds(2));
  EXPECT_EQ(late.datagrams, 0);
  Answer(*late.pair.handler.calls[0], 200, "here");
  ASSERT_TRUE(late.pair.loop.RunUntil([&] { return late.ear->done(); }));
  EXPECT_EQ(late.datagrams, 1);
}

TEST(MeshLinkTest, AnAcknowledgementIsNoLaterThanWePromise) {
  LateAnswer late;
  late.pair.loop.RunFor(TransportOptions().quic.max_ack_delay);
  EXPECT_EQ(late.datagrams, 1);
}

// Big bodies both ways at once.
void Exchange(TestPair& pair, uint64_t total) {
  pair.handler.keep_body = false;
  auto ear = pair.Open(TestPair::Post("/echo"), false);
  ear->keep_body = false;
  Pump up;
  Pump down;
  bool ok = pair.loop.RunUntil(
      [&] {
        if (!ear->reset) up.Step(*ear, *ear->stream, total);
        if (!pair.handler.calls.empty()) {
          Call& call = *pair.handler.calls[0];
          if (down.given == 0) {
            call.ear.stream->SendResponse(http::ResponseHead{}, false);
          }
          down.Step(call.ear, *call.ear.stream, total);
        }
        return ear->done() && pair.handler.calls[0]->ear.done();
      },
      std::chrono::seconds(600));
  ASSERT_TRUE(ok) << ear->body_bytes << " of " << total << " down, "
                  << pair.handler.calls[0]->ear.body_bytes << " up; "
                  << pair.client.why;
  EXPECT_FALSE(ear->reset);
  EXPECT_EQ(ear->body_bytes, total);
  EXPECT_EQ(pair.handler.calls[0]->ear.body_bytes, total);
}

TEST(MeshLinkTest, CarriesBigBodiesBothWaysThroughSmallWindows) {
  TestPair pair;
  for (TransportOptions* o : {&pair.client_transport, &pair.server_transport}) {
    o->quic.stream_window = 32 << 10;
    o->quic.connection_window = 48 << 10;
  }
  ASSERT_TRUE(pair.Up());
  Exchange(pair, 4 << 20);
}

TEST(MeshLinkTest, CarriesBigBodiesThroughLossAndReordering) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  pair.network.defaults().loss = 0.1;
  pair.network.defaults().jitter = std::chrono::milliseconds(2);
  pair.network.defaults().mtu = 1500;
  Exchange(pair, 1 << 20);
  EXPECT_GT(pair.network.datagrams_lost(), 50u);
}

TEST(MeshLinkTest, FindsTheBigDatagramsAPathCarries) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  Exchange(pair, 32 << 20);
  uint64_t before = pair.network.datagrams_sent();
  auto ear = pair.Open(TestPair::Post("/more"), false);
  ear->stream->SendData(std::string(1 << 20, 'x'), true);
  pair.loop.RunFor(std::chrono::seconds(1));
  EXPECT_EQ(ear->sent, 1u << 20);
  // 1 MiB in datagrams of 65000 bytes are 17; in 1452 they would be 722.
  EXPECT_LT(pair.network.datagrams_sent() - before, 60u);
}

TEST(MeshLinkTest, PassesTrailersBothWays) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Post("/grpc"), false);
  http::Headers up;
  up.Add("x-sum", "17");
  ear->stream->SendData("request", false);
  ear->stream->SendTrailers(up);
  pair.loop.RunUntil([&] {
    return !pair.handler.calls.empty() && pair.handler.calls[0]->ear.ended;
  });
  Call& call = *pair.handler.calls.at(0);
  EXPECT_EQ(call.ear.body, "request");
  EXPECT_EQ(call.ear.trailers.Get("x-sum"), "17");

  http::Headers down;
  down.Add("grpc-status", "0");
  call.ear.stream->SendResponse(http::ResponseHead{}, false);
  call.ear.stream->SendData("reply", false);
  call.ear.stream->SendTrailers(down);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_EQ(ear->body, "reply");
  EXPECT_EQ(ear->trailers.Get("grpc-status"), "0");
}

TEST(MeshLinkTest, PassesInterimAnswersBeforeTheFinalOne) {
  TestPair pair;
  pair.handler.answer = [](Call& call) {
    call.ear.stream->SendResponse(http::ResponseHead{.status = 103}, false);
    call.ear.stream->SendResponse(http::ResponseHead{.status = 100}, false);
    Answer(call, 200, "");
  };
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Get("/"), true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  ASSERT_EQ(ear->heads.size(), 3u);
  EXPECT_EQ(ear->heads[0].status, 103);
  EXPECT_EQ(ear->heads[1].status, 100);
  EXPECT_EQ(ear->heads[2].status, 200);
}

TEST(MeshLinkTest, AnswersHeadWithALengthAndNoBody) {
  TestPair pair;
  pair.handler.answer = [](Call& call) {
    http::ResponseHead head;
    head.content_length = 12345;
    call.ear.stream->SendResponse(head, true);
  };
  ASSERT_TRUE(pair.Up());
  http::RequestHead request = TestPair::Get("/");
  request.method = "HEAD";
  auto ear = pair.Open(request, true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_FALSE(ear->reset);
  EXPECT_EQ(ear->heads.at(0).content_length, 12345u);
}

TEST(MeshLinkTest, AgentsResetReachesTheOtherEndAsWhatItWas) {
  struct Case {
    http::Reset sent, seen;
  };
  for (Case c : {Case{http::Reset::kRefused, http::Reset::kRefused},
                 Case{http::Reset::kCancelled, http::Reset::kCancelled},
                 Case{http::Reset::kInternal, http::Reset::kInternal},
                 Case{http::Reset::kProtocol, http::Reset::kProtocol},
                 Case{http::Reset::kLost, http::Reset::kInternal}}) {
    SCOPED_TRACE(http::ToString(c.sent));
    TestPair pair;
    pair.handler.answer = [&](Call& call) { call.ear.stream->Cancel(c.sent); };
    ASSERT_TRUE(pair.Up());
    auto ear = pair.Open(TestPair::Get("/"), true);
    ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
    EXPECT_EQ(ear->reset, c.seen);
    EXPECT_FALSE(pair.handler.calls[0]->ear.reset) << "our own cancel";
  }
}

TEST(MeshLinkTest, RequestLetGoIsRefused) {
  TestPair pair;
  pair.handler.refuse = true;
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Get("/"), true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_EQ(ear->reset, http::Reset::kRefused);
}

TEST(MeshLinkTest, CallersCancelReachesTheServer) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Post("/"), false);
  pair.loop.RunUntil([&] { return !pair.handler.calls.empty(); });
  ear->stream.reset();
  Call& call = *pair.handler.calls.at(0);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return call.ear.done(); }));
  EXPECT_EQ(call.ear.reset, http::Reset::kCancelled);
}

TEST(MeshLinkTest, AnswerBeforeTheWholeRequestArrivesWhole) {
  TestPair pair;
  pair.handler.answer = [](Call& call) {
    Answer(call, 413, "too much");
    call.ear.stream.reset();
  };
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Post("/"), false);
  ear->stream->SendData("some", false);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_FALSE(ear->reset);
  EXPECT_EQ(ear->body, "too much");
}

TEST(MeshLinkTest, StreamOutlivesItsConnectionHarmlessly) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  auto ear = pair.Open(TestPair::Post("/"), false);
  pair.loop.RunFor(std::chrono::milliseconds(50));
  pair.client.link->Close(0x100, "test");
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_EQ(ear->reset, http::Reset::kLost);
  EXPECT_EQ(pair.client.link, nullptr);
  ear->stream->SendData("into the void", true);
  ear->stream->Consume(5);
  ear->stream->Cancel(http::Reset::kCancelled);
  ear->stream.reset();
}

TEST(MeshLinkTest, RequestThatNeverLeftSaysSo) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  pair.socket_a->SetFull(true);
  auto ear = pair.Open(TestPair::Get("/"), true);
  pair.client.link->Abandon("test");
  pair.loop.RunTurn();
  EXPECT_EQ(ear->reset, http::Reset::kNotSent);
}

}  // namespace
}  // namespace herald::transport
