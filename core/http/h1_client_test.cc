// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_client.h"

#include <functional>
#include <string>

#include "core/http/codec_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::http {
namespace {

using testing::CountingCodecEvents;
using ::testing::EndsWith;
using testing::EventLog;
using testing::TakeOutput;

RequestHead Request(std::string method = "GET") {
  RequestHead head;
  head.method = std::move(method);
  head.scheme = "http";
  head.authority = "h";
  head.path = "/a";
  head.headers.Add("x", "y");
  return head;
}

class H1ClientTest : public ::testing::Test {
 protected:
  void Open(const RequestHead& head, bool end) {
    stream_ = client_->Open(head, end, &log_);
    log_.stream = stream_.get();
  }
  void Feed(std::string_view bytes) { client_->Feed(bytes, now_); }
  std::string Output() { return TakeOutput(*client_); }

  Limits limits_;
  CountingCodecEvents activity_;
  Time now_ = FromNanos(1'000'000'000);
  EventLog log_;
  std::unique_ptr<H1Client> client_ =
      std::make_unique<H1Client>(limits_, activity_);
  std::unique_ptr<Stream> stream_;
};

TEST_F(H1ClientTest, WritesARequestWithoutABody) {
  Open(Request(), true);
  EXPECT_EQ(Output(), "GET /a HTTP/1.1\r\nhost: h\r\nx: y\r\n\r\n");
}

TEST_F(H1ClientTest, SaysThatAPostHasNoBody) {
  Open(Request("POST"), true);
  EXPECT_EQ(Output(),
            "POST /a HTTP/1.1\r\nhost: h\r\nx: y\r\ncontent-length: 0\r\n\r\n");
}

TEST_F(H1ClientTest, WritesABodyOfKnownLengthAsItIs) {
  RequestHead head = Request("POST");
  head.content_length = 3;
  Open(head, false);
  stream_->SendData("abc", true);
  EXPECT_EQ(
      client_->Output(),
      "POST /a HTTP/1.1\r\nhost: h\r\nx: y\r\ncontent-length: 3\r\n\r\nabc");
}

TEST_F(H1ClientTest, WritesTrailersExpectationAndTe) {
  RequestHead head = Request("POST");
  head.expects_continue = head.trailers_ok = true;
  Open(head, false);
  stream_->SendData("abc", false);
  Headers trailers;
  trailers.Add("sum", "6");
  stream_->SendTrailers(trailers);
  EXPECT_EQ(Output(),
            "POST /a HTTP/1.1\r\nhost: h\r\nx: y\r\n"
            "transfer-encoding: chunked\r\nexpect: 100-continue\r\n"
            "te: trailers\r\nconnection: te\r\n\r\n"
            "3\r\nabc\r\n0\r\nsum: 6\r\n\r\n");
}

TEST_F(H1ClientTest, ReusesTheConnection) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client_->CanOpen());
    Open(Request(), true);
    EXPECT_FALSE(client_->CanOpen());
    Output();
    Feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(client_->open_streams(), 0u);
  }
  EXPECT_EQ(log_.Transcript(),
            "response 200 +cl2\ndata ok\nend\n"
            "response 200 +cl2\ndata ok\nend\n"
            "response 200 +cl2\ndata ok\nend\n");
}

TEST_F(H1ClientTest, TheEndOfOneAnswerMayBeginTheNextExchange) {
  class Asker final : public StreamEvents {
   public:
    explicit Asker(std::function<void()> next) : next_(std::move(next)) {}
    void OnResponse(ResponseHead, bool) override {}
    void OnData(std::string_view, bool end) override {
      if (end) next_();
    }
    void OnTrailers(Headers) override {}
    void OnSent(size_t) override {}
    void OnReset(Reset) override { ADD_FAILURE() << "nothing was amiss"; }

   private:
    std::function<void()> next_;
  } asker([this] {
    stream_.reset();
    Open(Request(), true);
  });
  stream_ = client_->Open(Request(), true, &asker);
  Output();
  Feed("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na");
  EXPECT_EQ(Output(), "GET /a HTTP/1.1\r\nhost: h\r\nx: y\r\n\r\n");
  Feed("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  EXPECT_TRUE(log_.over);
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H1ClientTest, PassesInterimResponsesOn) {
  Open(Request(), true);
  Output();
  Feed(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nL: 1\r\n\r\n"
      "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(log_.Transcript(),
            "response 100\nresponse 103 l=1\nresponse 204 end\n");
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H1ClientTest, StopsAnAgentThatNeverComesToTheFinalResponse) {
  Open(Request(), true);
  Output();
  for (int i = 0; i < 100; ++i) Feed("HTTP/1.1 102 Processing\r\n\r\n");
  EXPECT_FALSE(log_.reset.has_value());
  Feed("HTTP/1.1 102 Processing\r\n\r\n");
  EXPECT_EQ(log_.reset, Reset::kProtocol);
}

TEST_F(H1ClientTest, ExpectsNoBodyInAnswerToHead) {
  Open(Request("HEAD"), true);
  Output();
  Feed("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
  EXPECT_EQ(log_.Transcript(), "response 200 +cl99 end\n");
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H1ClientTest, ExpectsNoBodyAfter304) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(log_.Transcript(), "response 304 end\n");
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H1ClientTest, ReadsABodyThatTheConnectionEnds) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.1 200 OK\r\n\r\nabc");
  client_->OnEof(now_);
  EXPECT_EQ(log_.Transcript(), "response 200\ndata abc\nend\n");
  EXPECT_TRUE(client_->done());
}

TEST_F(H1ClientTest, TakesTrailers) {
  Open(Request(), true);
  Output();
  Feed(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\nGrpc-Status: 0\r\n\r\n");
  EXPECT_EQ(log_.Transcript(),
            "response 200\ndata abc\ntrailers grpc-status=0\n");
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H1ClientTest, RefusesToSwitchProtocols) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  EXPECT_EQ(log_.reset, Reset::kProtocol);
  EXPECT_TRUE(client_->done());
}

TEST_F(H1ClientTest, IsLostWhenTheConnectionEndsBeforeTheResponse) {
  Open(Request(), true);
  Output();
  client_->OnEof(now_);
  EXPECT_EQ(log_.reset, Reset::kLost);
}

TEST_F(H1ClientTest, WasNotSentWhenNoByteWasWritten) {
  Open(Request(), true);
  client_.reset();
  EXPECT_EQ(log_.reset, Reset::kNotSent);
}

TEST_F(H1ClientTest, ResetsABodyThatIsCutShort) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
  client_->OnEof(now_);
  EXPECT_EQ(log_.reset, Reset::kProtocol);
}

TEST_F(H1ClientTest, DoesNotReuseAfterConnectionClose) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(log_.over);
  EXPECT_TRUE(client_->done());
}

TEST_F(H1ClientTest, ClosesOnBytesNobodyAskedFor) {
  Feed("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_TRUE(client_->done());
}

TEST_F(H1ClientTest, ClosesOnBytesBehindTheResponse) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc");
  EXPECT_EQ(log_.Transcript(), "response 200 +cl1\ndata a\nend\n");
  EXPECT_TRUE(client_->done());
}

TEST_F(H1ClientTest, ClosesAndForgetsOutputWhenCancelled) {
  Open(Request("POST"), false);
  stream_->SendData("abc", false);
  stream_->Cancel(Reset::kCancelled);
  EXPECT_EQ(Output(), "");
  EXPECT_TRUE(client_->done());
  EXPECT_FALSE(log_.reset.has_value());
}

TEST_F(H1ClientTest, GoesOnSendingAfterAnEarlyResponse) {
  Open(Request("POST"), false);
  Output();
  Feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(log_.over);
  EXPECT_FALSE(client_->CanOpen());
  stream_->SendData("abc", true);
  EXPECT_THAT(Output(), EndsWith("0\r\n\r\n"));
  EXPECT_TRUE(client_->CanOpen());
}

TEST_F(H1ClientTest, HearsThatTheOtherEndStoppedReading) {
  Open(Request("POST"), false);
  Output();
  Feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client_->OnEof(now_);
  EXPECT_EQ(log_.reset, Reset::kCancelled);
}

TEST_F(H1ClientTest, HoldsNoMoreThanTheWindow) {
  limits_.body_window = 8;
  client_ = std::make_unique<H1Client>(limits_, activity_);
  log_.consume = false;
  Open(Request(), true);
  Output();
  Feed(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n");
  EXPECT_EQ(log_.body, "abcdefgh");
  EXPECT_FALSE(client_->WantsInput());
  log_.Give(8);
  Output();
  EXPECT_EQ(log_.body, "abcdefghij");
  EXPECT_TRUE(log_.over);
  EXPECT_EQ(log_.largest_unconsumed, 8u);
}

TEST_F(H1ClientTest, DrainsAfterTheExchange) {
  Open(Request(), true);
  client_->Drain();
  EXPECT_FALSE(client_->done());
  Output();
  Feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client_->done());
}

TEST_F(H1ClientTest, DoesNotReuseAnHttp10Connection) {
  Open(Request(), true);
  Output();
  Feed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(log_.over);
  EXPECT_TRUE(client_->done());
}

}  // namespace
}  // namespace herald::http
