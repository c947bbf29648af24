// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_server.h"

#include <chrono>
#include <string>

#include "core/http/codec_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::http {
namespace {

using testing::CountingCodecEvents;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RecordingHandler;
using ::testing::StartsWith;
using testing::TakeOutput;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

ResponseHead Ok(std::optional<uint64_t> length = std::nullopt) {
  ResponseHead head;
  head.headers.Add("x", "y");
  head.content_length = length;
  return head;
}

class H1ServerTest : public ::testing::Test {
 protected:
  void Feed(std::string_view bytes) { server_->Feed(bytes, now_); }
  std::string Output() { return TakeOutput(*server_); }
  void Answer(size_t i, std::string_view body) {
    handler_[i].stream->SendResponse(Ok(body.size()), false);
    handler_[i].stream->SendData(body, true);
  }

  Limits limits_;
  RecordingHandler handler_;
  CountingCodecEvents activity_;
  Time now_ = FromNanos(1'000'000'000);
  std::unique_ptr<H1Server> server_ =
      std::make_unique<H1Server>(limits_, handler_, activity_);
};

TEST_F(H1ServerTest, HandsOverARequestWithoutItsFramingFields) {
  Feed(
      "POST /p?q=1 HTTP/1.1\r\nHost: a.b:80\r\nX-One:  1 \r\n"
      "Connection: keep-alive, te\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
      "Upgrade: h2c\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(handler_.Transcript(),
            "request POST http a.b:80 /p?q=1 x-one=1 +cl3 +te\n"
            "data abc\nend\n");
}

TEST_F(H1ServerTest, WritesASmallResponseInOnePiece) {
  Feed(kGet);
  Answer(0, "hello");
  EXPECT_EQ(server_->Output(),
            "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 5\r\n\r\nhello");
}

TEST_F(H1ServerTest, ChunksABodyOfUnknownLengthAndWritesTrailers) {
  Feed(kGet);
  Stream& stream = *handler_[0].stream;
  stream.SendResponse(Ok(), false);
  stream.SendData("hello", false);
  stream.SendData("", false);
  stream.SendData("0123456789abcdef", false);
  Headers trailers;
  trailers.Add("grpc-status", "0");
  stream.SendTrailers(trailers);
  EXPECT_EQ(Output(),
            "HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n10\r\n0123456789abcdef\r\n"
            "0\r\ngrpc-status: 0\r\n\r\n");
  EXPECT_FALSE(server_->done());
}

TEST_F(H1ServerTest, SaysZeroWhereAResponseHasNoBody) {
  Feed(kGet);
  handler_[0].stream->SendResponse(Ok(), true);
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 0\r\n\r\n");
}

TEST_F(H1ServerTest, WritesNoBodyInAnswerToHead) {
  Feed("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  handler_[0].stream->SendResponse(Ok(77), true);
  EXPECT_EQ(Output(), "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 77\r\n\r\n");
  EXPECT_FALSE(server_->done());
}

TEST_F(H1ServerTest, Writes204And304WithoutFraming) {
  for (int status : {204, 304}) {
    Feed(kGet);
    ResponseHead head;
    head.status = status;
    handler_.last().stream->SendResponse(head, true);
    EXPECT_THAT(Output(), Not(HasSubstr("content-length")));
    EXPECT_FALSE(server_->done());
  }
}

TEST_F(H1ServerTest, PassesInterimResponsesOn) {
  Feed(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 1\r\n\r\n");
  ASSERT_EQ(handler_.requests.size(), 1u);
  EXPECT_TRUE(handler_[0].head.expects_continue);
  ResponseHead interim;
  interim.status = 100;
  handler_[0].stream->SendResponse(interim, false);
  EXPECT_EQ(Output(), "HTTP/1.1 100 Continue\r\n\r\n");
  Feed("x");
  Answer(0, "");
  EXPECT_THAT(Output(), Not(HasSubstr("connection: close")));
}

TEST_F(H1ServerTest, ClosesWhereTheBodyMayNeverComeForWantOf100) {
  Feed(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
      "Content-Length: 1\r\n\r\n");
  Answer(0, "");
  EXPECT_THAT(Output(), HasSubstr("connection: close"));
}

TEST_F(H1ServerTest, ServesPipelinedRequestsStrictlyInOrder) {
  std::string two = std::string(kGet) + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n";
  Feed(two);
  ASSERT_EQ(handler_.requests.size(), 1u);
  EXPECT_FALSE(server_->WantsInput());
  Answer(0, "1");
  EXPECT_THAT(Output(), EndsWith("1"));
  ASSERT_EQ(handler_.requests.size(), 2u);
  EXPECT_EQ(handler_[1].head.path, "/b");
  EXPECT_TRUE(server_->WantsInput());
}

TEST_F(H1ServerTest, TellsTheShellThatAPipelinedRequestWaits) {
  Feed(std::string(kGet) + std::string(kGet));
  int before = activity_.count;
  Answer(0, "1");
  EXPECT_GT(activity_.count, before);
}

TEST_F(H1ServerTest, ServesHttp10WithoutChunksAndClosesAfter) {
  Feed("GET / HTTP/1.0\r\n\r\n");
  Stream& stream = *handler_[0].stream;
  ResponseHead hints;
  hints.status = 103;
  stream.SendResponse(hints, false);
  stream.SendResponse(Ok(), false);
  stream.SendData("abc", true);
  EXPECT_EQ(Output(),
            "HTTP/1.1 200 OK\r\nx: y\r\nconnection: close\r\n\r\nabc");
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, KeepsHttp10AliveWhenAskedAndTheLengthIsKnown) {
  Feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  Answer(0, "abc");
  EXPECT_THAT(Output(), HasSubstr("connection: keep-alive\r\n"));
  EXPECT_FALSE(server_->done());
}

TEST_F(H1ServerTest, ClosesWhenTheClientAsksForIt) {
  Feed("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  Answer(0, "abc");
  EXPECT_THAT(Output(), HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, AnswersAClientThatHasClosedItsHalf) {
  Feed(kGet);
  server_->OnEof(now_);
  EXPECT_FALSE(server_->done());
  Answer(0, "abc");
  EXPECT_THAT(Output(), EndsWith("abc"));
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, ResetsARequestWhoseBodyIsCutShort) {
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  server_->OnEof(now_);
  EXPECT_EQ(handler_[0].log.reset, Reset::kProtocol);
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, ResetsStreamsWhenTheConnectionGoes) {
  Feed(kGet);
  server_.reset();
  EXPECT_EQ(handler_[0].log.reset, Reset::kCancelled);
  handler_[0].stream->SendResponse(Ok(), true);  // does nothing
}

TEST_F(H1ServerTest, ShowsTruncationByClosingWithoutTheLastChunk) {
  Feed(kGet);
  handler_[0].stream->SendResponse(Ok(), false);
  handler_[0].stream->SendData("abc", false);
  handler_[0].stream->Cancel(Reset::kLost);
  EXPECT_THAT(Output(), EndsWith("3\r\nabc\r\n"));
  EXPECT_TRUE(server_->done());
  EXPECT_FALSE(handler_[0].log.reset.has_value());
}

TEST_F(H1ServerTest, ClosesWithoutAWordWhenCancelledBeforeTheHead) {
  Feed(kGet);
  handler_[0].stream->Cancel(Reset::kInternal);
  EXPECT_EQ(Output(), "");
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, Answers503WhenTheHandlerLetsTheStreamGo) {
  handler_.refuse = true;
  Feed(kGet);
  EXPECT_THAT(Output(), StartsWith("HTTP/1.1 503 "));
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, ReadsTheRestOfABodyAfterAnEarlyResponse) {
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  Answer(0, "no");
  handler_[0].stream.reset();
  EXPECT_THAT(Output(), EndsWith("no"));
  EXPECT_FALSE(server_->done());
  Feed("cd");
  EXPECT_FALSE(server_->done());
  Feed(kGet);
  EXPECT_EQ(handler_.requests.size(), 2u);
}

TEST_F(H1ServerTest, StopsReadingAnUnwantedBodyAfterAWhile) {
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  Answer(0, "no");
  handler_[0].stream.reset();
  Output();
  Time deadline = server_->NextDeadline();
  EXPECT_EQ(deadline, now_ + std::chrono::seconds(5));
  server_->OnDeadline(deadline);
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, StopsReadingAnUnwantedBodyAfterAWindow) {
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n");
  Answer(0, "no");
  handler_[0].stream.reset();
  Feed(std::string(limits_.body_window - 1, 'x'));
  EXPECT_FALSE(server_->done());
  Feed("xx");
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, KeepsDeliveringABodyAfterAnEarlyResponse) {
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  Answer(0, "no");
  Feed("cd");
  EXPECT_EQ(handler_[0].log.body, "abcd");
  EXPECT_EQ(server_->open_streams(), 0u);
}

TEST_F(H1ServerTest, HoldsNoMoreThanTheWindow) {
  limits_.body_window = 10;
  server_ = std::make_unique<H1Server>(limits_, handler_, activity_);
  handler_.consume = false;
  Feed(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 25\r\n\r\n"
      "0123456789abcdefghijABCDE");
  EXPECT_EQ(handler_[0].log.body, "0123456789");
  EXPECT_FALSE(server_->WantsInput());
  handler_[0].log.Give(4);
  EXPECT_EQ(handler_[0].log.body, "0123456789");  // not inside Consume
  Output();
  EXPECT_EQ(handler_[0].log.body, "0123456789abcd");
  EXPECT_FALSE(server_->WantsInput());
  handler_[0].log.Give(10);
  Output();
  handler_[0].log.Give(10);
  Output();
  EXPECT_TRUE(handler_[0].log.over);
  EXPECT_EQ(handler_[0].log.largest_unconsumed, 10u);
}

TEST_F(H1ServerTest, ReportsSentBytesAsTheyAreWritten) {
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
  Stream& stream = *handler_[0].stream;
  stream.SendResponse(Ok(), false);
  size_t head = server_->Output().size();
  stream.SendData("0123456789", false);
  EXPECT_EQ(handler_[0].log.sent, 0u);
  server_->Output();
  server_->Wrote(head + 3 + 4);  // "a\r\n" and four bytes
  EXPECT_EQ(handler_[0].log.sent, 4u);
  server_->Wrote(6);
  EXPECT_EQ(handler_[0].log.sent, 10u);
  TakeOutput(*server_, 1);
  EXPECT_EQ(handler_[0].log.sent, 10u);
}

TEST_F(H1ServerTest, GivesUpOnASlowHead) {
  EXPECT_EQ(server_->NextDeadline(), kNever);
  Feed("GET /");
  Time deadline = server_->NextDeadline();
  EXPECT_EQ(deadline, now_ + std::chrono::seconds(5));
  now_ += std::chrono::seconds(4);
  Feed(" HTTP");
  EXPECT_EQ(server_->NextDeadline(), deadline);
  server_->OnDeadline(deadline);
  EXPECT_THAT(Output(), StartsWith("HTTP/1.1 408 "));
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, RefusesWithASentenceAndCloses) {
  Feed("GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n");
  EXPECT_EQ(Output(),
            "HTTP/1.1 400 Bad Request\r\n"
            "content-type: text/plain; charset=utf-8\r\n"
            "content-length: 36\r\nconnection: close\r\n\r\n"
            "a field line is malformed or folded\n");
}

TEST_F(H1ServerTest, DrainsAnIdleConnectionAtOnce) {
  server_->Drain();
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, DrainsABusyConnectionAfterItsExchange) {
  Feed(kGet);
  server_->Drain();
  EXPECT_FALSE(server_->done());
  Answer(0, "abc");
  EXPECT_THAT(Output(), HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(server_->done());
}

TEST_F(H1ServerTest, ClosesWhereABodyIsUnlikeItsLength) {
  Feed(kGet);
  handler_[0].stream->SendResponse(Ok(5), false);
  handler_[0].stream->SendData("abc", true);
  Output();
  EXPECT_TRUE(server_->done());
  EXPECT_EQ(handler_[0].log.reset, Reset::kInternal);
}

TEST_F(H1ServerTest, TakesTrailersOfARequest) {
  Feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;a=b;c=\"d\"\r\nabc\r\n00\r\nX-Sum: 9\r\n\r\n");
  EXPECT_EQ(handler_.Transcript(),
            "request POST http h /\ndata abc\ntrailers x-sum=9\n");
}

TEST_F(H1ServerTest, SplitsTheAbsoluteForm) {
  Feed("GET http://Herald.local/x?y HTTP/1.1\r\nHost: herald.local\r\n\r\n");
  EXPECT_EQ(handler_.Transcript(), "request GET http Herald.local /x?y end\n");
}

TEST_F(H1ServerTest, SurvivesAStreamDestroyedInsideItsOwnEvent) {
  class Dropper : public testing::EventLog {
   public:
    void OnData(std::string_view, bool) override { owner.reset(); }
    std::unique_ptr<Stream> owner;
  };
  Feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n");
  Dropper dropper;
  dropper.owner = std::move(handler_[0].stream);
  dropper.owner->SetEvents(&dropper);
  Feed("ab");
  EXPECT_TRUE(server_->done());
}

}  // namespace
}  // namespace herald::http
