// SPDX-License-Identifier: Apache-2.0
#include "core/http/pipe.h"

#include <gtest/gtest.h>

#include "core/http/codec_testing.h"
#include "tests/support/fake_loop.h"

namespace herald::http {
namespace {

using testing::EventLog;

constexpr size_t kWindow = Limits{}.body_window;

class PipeTest : public ::testing::Test {
 protected:
  void Open(bool request_ended) {
    PipeEnds ends = MakePipe(loop_, &client_, request_ended);
    asks_ = std::move(ends.client);
    serves_ = std::move(ends.server);
    client_.stream = asks_.get();
    server_.stream = serves_.get();
    serves_->SetEvents(&server_);
  }
  void LetGo(EventLog& log, std::unique_ptr<Stream>& stream) {
    log.stream = nullptr;
    stream.reset();
    loop_.RunTurn();
  }

  test::FakeLoop loop_;
  EventLog client_;
  EventLog server_;
  std::unique_ptr<Stream> asks_;
  std::unique_ptr<Stream> serves_;
};

TEST_F(PipeTest, WhatOneEndGivesTheOtherIsToldInOrder) {
  Open(/*request_ended=*/false);
  asks_->SendData("question", true);
  serves_->SendResponse({.status = 103}, false);
  serves_->SendResponse({.status = 200}, false);
  serves_->SendData("answer", false);
  Headers trailers;
  trailers.Add("sum", "6");
  serves_->SendTrailers(trailers);
  loop_.RunTurn();
  EXPECT_EQ(server_.Transcript(), "data question\nend\n");
  EXPECT_EQ(client_.Transcript(),
            "response 103\nresponse 200\ndata answer\ntrailers sum=6\n");
  EXPECT_EQ(client_.sent, 8u);
  EXPECT_EQ(server_.sent, 6u);
}

TEST_F(PipeTest, NoCallTellsAnythingBeforeItReturns) {
  Open(true);
  serves_->SendResponse({.status = 200}, true);
  EXPECT_EQ(client_.Transcript(), "");
  asks_->Cancel(Reset::kCancelled);
  EXPECT_EQ(server_.Transcript(), "");
}

TEST_F(PipeTest, NoMoreThanAWindowIsToldWithoutCredit) {
  Open(true);
  client_.consume = false;
  serves_->SendResponse({.status = 200}, false);
  serves_->SendData(std::string(3 * kWindow / 2, 'x'), true);
  loop_.RunTurn();
  EXPECT_EQ(client_.body.size(), kWindow);
  EXPECT_EQ(server_.sent, kWindow);
  client_.Give(kWindow / 4);
  loop_.RunTurn();
  EXPECT_EQ(client_.body.size(), kWindow + kWindow / 4);
  client_.Give(kWindow / 4);
  loop_.RunTurn();
  EXPECT_EQ(client_.body.size(), 3 * kWindow / 2);
  EXPECT_TRUE(client_.over);
}

TEST_F(PipeTest, AClientThatLeavesCancelsTheServerEvenAfterItsRequest) {
  Open(true);
  LetGo(client_, asks_);
  EXPECT_EQ(server_.reset, Reset::kCancelled);
}

TEST_F(PipeTest, AServerThatLeavesEarlyCutsTheAnswer) {
  Open(true);
  serves_->SendResponse({.status = 200}, false);
  loop_.RunTurn();
  LetGo(server_, serves_);
  EXPECT_EQ(client_.reset, Reset::kCancelled);
}

TEST_F(PipeTest, AReasonReachesTheOtherEnd) {
  Open(true);
  serves_->Cancel(Reset::kRefused);
  loop_.RunTurn();
  EXPECT_EQ(client_.reset, Reset::kRefused);
}

TEST_F(PipeTest, AnEarlyAnswerArrivesWhereTheRequestStillGoesOn) {
  Open(false);
  asks_->SendData("half", false);
  serves_->SendResponse({.status = 413}, true);
  LetGo(server_, serves_);
  EXPECT_EQ(client_.Transcript(), "response 413 end\n");
  asks_->SendData("the other half", true);
  loop_.RunTurn();
  EXPECT_FALSE(client_.reset);
}

TEST_F(PipeTest, AWholeExchangeEndsWithoutAReset) {
  Open(true);
  serves_->SendResponse({.status = 204}, true);
  loop_.RunTurn();
  LetGo(client_, asks_);
  LetGo(server_, serves_);
  EXPECT_FALSE(server_.reset);
  EXPECT_EQ(client_.Transcript(), "response 204 end\n");
}

}  // namespace
}  // namespace herald::http
