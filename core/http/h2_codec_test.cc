// SPDX-License-Identifier: Apache-2.0
//
// Both ends of HTTP/2 against each other, and the server end against frames
// written by hand.
#include <chrono>
#include <string>

#include "core/http/codec_testing.h"
#include "core/http/codecs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::http {
namespace {

using testing::CountingCodecEvents;
using testing::EventLog;
using testing::RecordingHandler;
using testing::TakeOutput;

RequestHead Request(std::string method = "GET") {
  RequestHead head;
  head.method = std::move(method);
  head.scheme = "http";
  head.authority = "h";
  head.path = "/a";
  return head;
}

ResponseHead Status(int status) {
  ResponseHead head;
  head.status = status;
  return head;
}

Headers OneField(std::string_view name, std::string_view value) {
  Headers headers;
  headers.Add(name, value);
  return headers;
}

class H2PairTest : public ::testing::Test {
 protected:
  struct Call {
    EventLog log;
    std::unique_ptr<Stream> stream;
  };

  H2PairTest() { Make(); }

  void Make() {
    calls_.clear();
    handler_.requests.clear();
    client_ = MakeClientCodec(Protocol::kHttp2, limits_, activity_);
    server_ = MakeServerCodec(Protocol::kHttp2, limits_, handler_, activity_);
    Run();
  }
  void Run() { testing::Exchange(*client_, *server_, now_); }
  Call& Open(const RequestHead& head, bool end) {
    calls_.push_back(std::make_unique<Call>());
    Call& call = *calls_.back();
    call.stream = client_->Open(head, end, &call.log);
    call.log.stream = call.stream.get();
    return call;
  }

  Limits limits_;
  CountingCodecEvents activity_;
  RecordingHandler handler_;
  Time now_ = FromNanos(1'000'000'000);
  std::vector<std::unique_ptr<Call>> calls_;
  std::unique_ptr<ClientCodec> client_;
  std::unique_ptr<Codec> server_;
};

TEST_F(H2PairTest, CarriesARequestAndItsResponse) {
  RequestHead head = Request("POST");
  head.headers.Add("x", "y");
  head.content_length = 3;
  head.trailers_ok = head.expects_continue = true;
  Call& call = Open(head, false);
  call.stream->SendData("abc", true);
  Run();
  EXPECT_EQ(handler_.Transcript(),
            "request POST http h /a x=y +cl3 +expect +te\ndata abc\nend\n");
  ResponseHead response = Status(201);
  response.content_length = 2;
  handler_[0].stream->SendResponse(response, false);
  handler_[0].stream->SendData("ok", true);
  Run();
  EXPECT_EQ(call.log.Transcript(), "response 201 +cl2\ndata ok\nend\n");
  EXPECT_EQ(client_->open_streams(), 0u);
  EXPECT_EQ(server_->open_streams(), 0u);
}

TEST_F(H2PairTest, PutsASmallResponseInOnePiece) {
  Open(Request(), true);
  Run();
  handler_[0].stream->SendResponse(Status(200), false);
  handler_[0].stream->SendData("ok", true);
  std::string piece(server_->Output());
  EXPECT_EQ(piece.size(), 9u + 1u + 9u + 2u);  // HEADERS :status 200, DATA
  server_->Wrote(piece.size());
  EXPECT_EQ(server_->Output(), "");
}

TEST_F(H2PairTest, PassesInterimResponsesOn) {
  Call& call = Open(Request(), true);
  Run();
  handler_[0].stream->SendResponse(Status(100), false);
  handler_[0].stream->SendResponse(Status(103), false);
  handler_[0].stream->SendResponse(Status(204), true);
  Run();
  EXPECT_EQ(call.log.Transcript(),
            "response 100\nresponse 103\nresponse 204 end\n");
}

TEST_F(H2PairTest, StopsAnAgentThatNeverComesToTheFinalResponse) {
  Call& call = Open(Request(), true);
  Run();
  for (int i = 0; i < 101; ++i) {
    EXPECT_FALSE(call.log.reset.has_value());
    handler_[0].stream->SendResponse(Status(102), false);
    Run();
  }
  EXPECT_EQ(call.log.reset, Reset::kProtocol);
}

TEST_F(H2PairTest, ResetsAResponseTooBigToBeSent) {
  Call& call = Open(Request(), true);
  Run();
  ResponseHead head = Status(200);
  for (int i = 0; i < 20; ++i) head.headers.Add("a", std::string(4000, 'b'));
  handler_[0].stream->SendResponse(head, true);
  Run();
  EXPECT_EQ(call.log.reset, Reset::kInternal);
}

TEST_F(H2PairTest, CarriesTrailersBothWays) {
  Call& call = Open(Request("POST"), false);
  call.stream->SendData("abc", false);
  call.stream->SendTrailers(OneField("sum", "6"));
  Run();
  handler_[0].stream->SendResponse(Status(200), false);
  handler_[0].stream->SendData("d", false);
  handler_[0].stream->SendTrailers(OneField("grpc-status", "0"));
  Run();
  EXPECT_EQ(handler_.Transcript(),
            "request POST http h /a\ndata abc\ntrailers sum=6\n");
  EXPECT_EQ(call.log.Transcript(),
            "response 200\ndata d\ntrailers grpc-status=0\n");
  EXPECT_EQ(server_->open_streams(), 0u);
}

TEST_F(H2PairTest, CarriesTrailersWithoutABody) {
  Call& call = Open(Request("POST"), true);
  Run();
  handler_[0].stream->SendResponse(Status(200), false);
  handler_[0].stream->SendTrailers(OneField("grpc-status", "5"));
  Run();
  EXPECT_EQ(call.log.Transcript(), "response 200\ntrailers grpc-status=5\n");
}

TEST_F(H2PairTest, AnswersHeadWithALengthAndNoBody) {
  Call& call = Open(Request("HEAD"), true);
  Run();
  ResponseHead response = Status(200);
  response.content_length = 77;
  handler_[0].stream->SendResponse(response, true);
  Run();
  EXPECT_EQ(call.log.Transcript(), "response 200 +cl77 end\n");
}

TEST_F(H2PairTest, CarriesManyStreamsAtOnce) {
  for (int i = 0; i < 50; ++i) Open(Request(), true);
  Run();
  ASSERT_EQ(handler_.requests.size(), 50u);
  for (int i = 49; i >= 0; --i) {
    handler_[static_cast<size_t>(i)].stream->SendResponse(Status(200), true);
  }
  Run();
  for (auto& call : calls_) EXPECT_TRUE(call->log.over);
}

TEST_F(H2PairTest, OpensNoMoreStreamsThanTheServerAllows) {
  limits_.streams = 2;
  Make();
  Open(Request(), true);
  EXPECT_TRUE(client_->CanOpen());
  Open(Request(), true);
  EXPECT_FALSE(client_->CanOpen());
  Run();
  handler_[0].stream->SendResponse(Status(200), true);
  Run();
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H2PairTest, SendsNoMoreThanTheWindow) {
  limits_.body_window = 70'000;
  handler_.consume = false;
  Make();
  Call& call = Open(Request("POST"), false);
  call.stream->SendData(std::string(200'000, 'x'), true);
  Run();
  testing::Served& served = handler_[0];
  EXPECT_EQ(served.log.body.size(), 70'000u);
  EXPECT_EQ(call.log.sent, 70'000u);
  while (!served.log.over) {
    served.log.Give(served.log.unconsumed);
    Run();
  }
  EXPECT_EQ(served.log.body.size(), 200'000u);
  EXPECT_EQ(served.log.largest_unconsumed, 70'000u);
}

TEST_F(H2PairTest, GivesTheConnectionBackWhatADroppedStreamHeld) {
  limits_.body_window = 70'000;
  handler_.consume = false;
  Make();
  // More than the 16 windows of the connection, stream after stream.
  for (int i = 0; i < 40; ++i) {
    Call& call = Open(Request("POST"), false);
    call.stream->SendData(std::string(70'000, 'x'), false);
    Run();
    ASSERT_EQ(handler_.last().log.body.size(), 70'000u) << i;
    handler_.last().stream.reset();
    handler_.last().log.stream = nullptr;
    Run();
    EXPECT_EQ(call.log.reset, Reset::kCancelled);
  }
}

TEST_F(H2PairTest, MapsResetsThere) {
  for (Reset reason : {Reset::kRefused, Reset::kCancelled, Reset::kInternal,
                       Reset::kProtocol, Reset::kTooBig}) {
    Call& call = Open(Request(), true);
    Run();
    handler_.last().stream->Cancel(reason);
    Run();
    EXPECT_EQ(call.log.reset, reason) << ToString(reason);
  }
}

TEST_F(H2PairTest, BelievesNoRefusalAfterAnAnswer) {
  Call& call = Open(Request(), true);
  Run();
  handler_[0].stream->SendResponse(Status(200), false);
  Run();
  handler_[0].stream->Cancel(Reset::kRefused);
  Run();
  EXPECT_EQ(call.log.reset, Reset::kInternal);
}

TEST_F(H2PairTest, RefusesWhenTheHandlerLetsTheStreamGo) {
  handler_.refuse = true;
  Call& call = Open(Request(), true);
  Run();
  EXPECT_EQ(call.log.reset, Reset::kRefused);
}

TEST_F(H2PairTest, TellsTheServerThatTheClientCancelled) {
  Call& call = Open(Request(), true);
  Run();
  call.stream->Cancel(Reset::kCancelled);
  Run();
  EXPECT_EQ(handler_[0].log.reset, Reset::kCancelled);
  EXPECT_FALSE(call.log.reset.has_value());
}

TEST_F(H2PairTest, SendsNothingOfARequestCancelledInTime) {
  Call& call = Open(Request(), true);
  call.stream.reset();
  Run();
  EXPECT_TRUE(handler_.requests.empty());
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(H2PairTest, FinishesAnEarlyResponseBeforeItStopsTheRequest) {
  Call& call = Open(Request("POST"), false);
  call.stream->SendData("abc", false);
  Run();
  handler_[0].stream->SendResponse(Status(413), false);
  handler_[0].stream->SendData("no", true);
  handler_[0].stream.reset();
  handler_[0].log.stream = nullptr;
  Run();
  EXPECT_EQ(call.log.Transcript(),
            "response 413\ndata no\nend\nreset cancelled\n");
}

TEST_F(H2PairTest, ReportsStreamsOfALostConnection) {
  Call& sent = Open(Request(), true);
  Run();
  Call& unsent = Open(Request(), true);
  client_->OnEof(now_);
  EXPECT_EQ(sent.log.reset, Reset::kLost);
  EXPECT_EQ(unsent.log.reset, Reset::kNotSent);
  server_.reset();
  EXPECT_EQ(handler_[0].log.reset, Reset::kCancelled);
  EXPECT_TRUE(client_->done());
}

TEST_F(H2PairTest, DrainsTheServerWithoutLosingACall) {
  Call& before = Open(Request(), true);
  Run();
  server_->Drain();
  // Crosses the first GOAWAY on the wire: it must still be served.
  Call& crossing = Open(Request(), true);
  Run();
  ASSERT_EQ(handler_.requests.size(), 2u);
  EXPECT_FALSE(client_->CanOpen());
  EXPECT_FALSE(server_->done());
  handler_[0].stream->SendResponse(Status(200), true);
  handler_[1].stream->SendResponse(Status(200), true);
  Run();
  EXPECT_TRUE(before.log.over);
  EXPECT_TRUE(crossing.log.over);
  EXPECT_TRUE(server_->done());
  EXPECT_TRUE(client_->done());
}

TEST_F(H2PairTest, EndsDrainingWhenNobodyAnswersThePing) {
  server_->Drain();
  TakeOutput(*server_);
  Time soon = server_->NextDeadline();
  EXPECT_LE(soon, now_);
  server_->OnDeadline(now_);
  Time deadline = server_->NextDeadline();
  EXPECT_EQ(deadline, now_ + std::chrono::seconds(1));
  server_->OnDeadline(deadline);
  TakeOutput(*server_);
  EXPECT_TRUE(server_->done());
}

TEST_F(H2PairTest, DrainsTheClientAfterItsExchanges) {
  Call& call = Open(Request(), true);
  Run();
  client_->Drain();
  EXPECT_FALSE(client_->CanOpen());
  Run();
  EXPECT_FALSE(client_->done());
  handler_[0].stream->SendResponse(Status(200), true);
  Run();
  EXPECT_TRUE(call.log.over);
  EXPECT_TRUE(client_->done());
  EXPECT_TRUE(server_->done());
}

TEST_F(H2PairTest, ToleratesAnHonestClientThatCancelsALot) {
  // 1000 at once is what nghttp2's bucket holds from the start.
  for (int i = 0; i < 900; ++i) {
    Call& call = Open(Request(), true);
    Run();
    call.stream->Cancel(Reset::kCancelled);
    Run();
  }
  EXPECT_FALSE(server_->done());
  EXPECT_EQ(handler_.requests.size(), 900u);
}

TEST_F(H2PairTest, EndsARapidReset) {
  int sent = 0;
  for (; sent < 10'000 && client_->CanOpen(); ++sent) {
    Call& call = Open(Request(), true);
    std::string bytes = TakeOutput(*client_);
    server_->Feed(bytes, now_);
    call.stream->Cancel(Reset::kCancelled);
    bytes = TakeOutput(*client_);
    server_->Feed(bytes, now_);
    bytes = TakeOutput(*server_);
    client_->Feed(bytes, now_);
  }
  // The bucket refills 400 times a second, and this loop takes less than two.
  EXPECT_LT(sent, 2500);
}

TEST_F(H2PairTest, NeverLetsAShortBodyLookComplete) {
  RequestHead head = Request("POST");
  head.content_length = 5;
  Call& call = Open(head, false);
  call.stream->SendData("abc", true);
  Run();
  EXPECT_FALSE(!handler_.requests.empty() && handler_[0].log.over);
}

TEST_F(H2PairTest, RefusesHeadersAboveTheLimit) {
  limits_.header_fields = 10;
  Make();
  RequestHead head = Request();
  for (int i = 0; i < 11; ++i) head.headers.Add("a", "b");
  Call& call = Open(head, true);
  Run();
  EXPECT_TRUE(handler_.requests.empty());
  EXPECT_EQ(call.log.lines[0],
            "response 431 content-type=text/plain; charset=utf-8");
}

// Answers at once, whatever is still to come, and lets the stream go.
struct HastyHandler final : RequestHandler {
  void OnRequest(RequestHead, std::unique_ptr<Stream> stream, bool) override {
    stream->SetEvents(&log);
    stream->SendResponse(Status(403), true);
  }
  EventLog log;
};

TEST_F(H2PairTest, AnAnswerBeforeTheBodyReachesAClientWhoSendsItAllTheSame) {
  HastyHandler hasty;
  server_ = MakeServerCodec(Protocol::kHttp2, limits_, hasty, activity_);
  client_ = MakeClientCodec(Protocol::kHttp2, limits_, activity_);
  RequestHead head = Request("POST");
  head.content_length = 5;
  Call& call = Open(head, false);
  call.stream->SendData("hello", true);  // in one piece with the head
  Run();
  EXPECT_EQ(call.log.Transcript(), "response 403 end\n");
  server_.reset();  // before its handler
}

// --- A server that is silent
// --------------------------------------------------

class H2WatchTest : public H2PairTest {
 protected:
  H2WatchTest() {
    client_->WatchPeer({.silence = std::chrono::seconds(30),
                        .patience = std::chrono::seconds(15)},
                       now_);
  }
  // Only the client's clock and its own output go on.
  void Later(Duration by) {
    now_ += by;
    if (client_->NextDeadline() <= now_) client_->OnDeadline(now_);
  }
};

TEST_F(H2WatchTest, NothingIsAwaitedWhileNothingIsOpen) {
  EXPECT_EQ(client_->NextDeadline(), kNever);
}

TEST_F(H2WatchTest, ASignOfLifeKeepsAWatchThatHasNothingToTell) {
  Call& call = Open(Request(), true);
  Run();
  for (int i = 0; i < 10; ++i) {
    Later(std::chrono::seconds(30));
    Run();  // the PING, and its answer
  }
  EXPECT_EQ(call.log.reset, std::nullopt);
  EXPECT_FALSE(client_->done());
}

TEST_F(H2WatchTest, WithoutASignOfLifeTheExchangeIsLost) {
  Call& call = Open(Request(), true);
  Run();
  Later(std::chrono::seconds(30));
  EXPECT_FALSE(TakeOutput(*client_).empty());  // the PING goes nowhere
  Later(std::chrono::seconds(14));
  EXPECT_EQ(call.log.reset, std::nullopt);
  Later(std::chrono::seconds(1));
  EXPECT_EQ(call.log.reset, Reset::kLost);
  EXPECT_TRUE(client_->done());
}

}  // namespace
}  // namespace herald::http
