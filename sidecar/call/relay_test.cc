// SPDX-License-Identifier: Apache-2.0
//
// The relay between two ends that the test plays.
#include "sidecar/call/relay.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fake_exchange.h"

namespace herald::call {
namespace {

using test::FarEnd;
using FarEndPtr = std::shared_ptr<FarEnd>;

class RelayTest : public testing::Test, public RelayEvents {
 protected:
  // Begins a relay whose request has a body unless `request_ended`.
  void Begin(bool request_ended = false) {
    in_ = std::make_shared<FarEnd>(/*server=*/true);
    relay_ = std::make_unique<Relay>(test::MakeFakeStream(in_), request_ended,
                                     *this);
  }
  FarEndPtr Attach() {
    auto out = std::make_shared<FarEnd>(/*server=*/false);
    out->Listen(relay_->out_events());
    relay_->Attach(test::MakeFakeStream(out));
    return out;
  }

  bool OnResponseHead(http::ResponseHead& head) override {
    heads_.push_back(head.status);
    head.headers.Add("seen", "yes");
    if (hold_) relay_->HoldResponse(head);
    return !withhold_;
  }
  void OnOutFailed(http::Reset reason) override { failures_.push_back(reason); }
  void OnRelayEnd(RelayEnd end) override { ends_.push_back(end); }

  FarEndPtr in_;
  std::unique_ptr<Relay> relay_;
  bool withhold_ = false;
  bool hold_ = false;
  std::vector<int> heads_;
  std::vector<http::Reset> failures_;
  std::vector<RelayEnd> ends_;
};

using Ends = std::vector<RelayEnd>;
using Resets = std::vector<http::Reset>;

TEST_F(RelayTest, BodiesPassBothWays) {
  Begin();
  auto out = Attach();
  in_->Data("ask ", false);
  in_->Data("more", true);
  EXPECT_EQ(out->body(), "ask more");
  EXPECT_TRUE(out->ended());
  out->Response(200, false);
  out->Data("ans", false);
  out->Data("wer", true);
  EXPECT_EQ(in_->body(), "answer");
  EXPECT_TRUE(in_->ended());
  EXPECT_EQ(in_->Header("seen"), "yes");
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
  EXPECT_EQ(relay_->request_bytes(), 8u);
  EXPECT_EQ(relay_->response_bytes(), 6u);
}

TEST_F(RelayTest, ARequestWithoutABodyIsNotEndedTwice) {
  Begin(/*request_ended=*/true);
  EXPECT_TRUE(relay_->body_ended_empty());
  auto out = Attach();
  EXPECT_FALSE(out->ended());  // Open was told so already
  out->Response(204, true);
  EXPECT_TRUE(in_->ended());
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, WhatCameBeforeThePeerWasFoundIsSentFirst) {
  Begin();
  in_->Data("early ", false);
  auto out = Attach();
  in_->Data("late", true);
  EXPECT_EQ(out->body(), "early late");
  EXPECT_TRUE(out->ended());
}

TEST_F(RelayTest, TrailersPassBothWaysWithoutOurHeaders) {
  Begin();
  auto out = Attach();
  http::Headers trailers;
  trailers.Add("grpc-status", "0");
  trailers.Add("herald-context", "forged");
  in_->Trailers(trailers);
  ASSERT_TRUE(out->trailers());
  EXPECT_EQ(out->trailers()->size(), 1u);
  out->Response(200, false);
  out->Trailers(trailers);
  ASSERT_TRUE(in_->trailers());
  EXPECT_EQ(in_->trailers()->size(), 1u);
  EXPECT_EQ(in_->trailers()->Get("grpc-status"), "0");
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, InformationalHeadsPassAndCommitNothing) {
  Begin();
  auto out = Attach();
  out->Response(100, false);
  out->Response(103, false);
  EXPECT_FALSE(relay_->committed());
  out->Response(200, false);
  EXPECT_TRUE(relay_->committed());
  ASSERT_EQ(in_->heads().size(), 3u);
  EXPECT_EQ(in_->heads()[1].status, 103);
}

TEST_F(RelayTest, CreditFlowsBackAsBytesLeave) {
  Begin();
  auto out = Attach();
  in_->Data("12345678", false);
  EXPECT_EQ(in_->credit(), 0u);
  out->Sent(3);
  EXPECT_EQ(in_->credit(), 3u);
  out->Response(200, false);
  out->Data("abcde", false);
  EXPECT_EQ(out->credit(), 0u);
  in_->Sent(5);
  EXPECT_EQ(out->credit(), 5u);
  out->Sent(5);
  EXPECT_EQ(in_->credit(), 8u);
}

TEST_F(RelayTest, AnEarlyAnswerIsForwardedAndTheRestReadAway) {
  Begin();
  auto out = Attach();
  in_->Data("begin", false);
  out->Response(413, true);
  EXPECT_TRUE(out->gone());
  EXPECT_TRUE(in_->ended());
  EXPECT_TRUE(ends_.empty());
  EXPECT_EQ(in_->credit(), 5u);
  in_->Data("the rest", true);
  EXPECT_EQ(in_->credit(), 13u);
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, AClientThatNeverStopsIsLetGoAfterAnEarlyAnswer) {
  Begin();
  auto out = Attach();
  out->Response(413, true);
  std::string piece(100'000, 'x');
  int pieces = 0;
  while (!in_->gone() && pieces < 100) {
    in_->Data(piece, false);
    ++pieces;
  }
  EXPECT_EQ(pieces, 11);  // a mebibyte and a bit
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, AClientThatLeavesAfterItsWholeAnswerWasNotCancelled) {
  Begin();
  auto out = Attach();
  out->Response(413, true);
  in_->Reset(http::Reset::kCancelled);
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, TheClientsResetReachesThePeer) {
  Begin();
  auto out = Attach();
  in_->Data("x", false);
  in_->Reset(http::Reset::kCancelled);
  EXPECT_TRUE(out->gone());
  EXPECT_EQ(ends_, Ends{RelayEnd::kClientGone});
}

TEST_F(RelayTest, ThePeersResetAfterTheHeadReachesTheClient) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  out->Response(200, false);
  out->Data("half", false);
  out->Reset(http::Reset::kLost);
  EXPECT_EQ(in_->reset(), http::Reset::kLost);
  EXPECT_FALSE(in_->ended());
  EXPECT_EQ(ends_, Ends{RelayEnd::kBroken});
  EXPECT_TRUE(failures_.empty());
}

TEST_F(RelayTest, ThePeersResetBeforeTheHeadIsTheOwnersToJudge) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  out->Reset(http::Reset::kRefused);
  EXPECT_EQ(failures_, Resets{http::Reset::kRefused});
  EXPECT_TRUE(relay_->can_move());
  EXPECT_TRUE(ends_.empty());
}

TEST_F(RelayTest, ASecondAttemptGetsTheRequestFromItsStart) {
  Begin();
  auto first = Attach();
  in_->Data("begin ", false);
  first->Reset(http::Reset::kNotSent);
  auto second = Attach();
  EXPECT_EQ(second->body(), "begin ");
  in_->Data("end", true);
  EXPECT_EQ(second->body(), "begin end");
  EXPECT_TRUE(second->ended());
}

TEST_F(RelayTest, ASecondAttemptGetsTheTrailersToo) {
  Begin();
  auto first = Attach();
  in_->Data("body", false);
  http::Headers trailers;
  trailers.Add("a", "b");
  in_->Trailers(trailers);
  first->Reset(http::Reset::kRefused);
  auto second = Attach();
  EXPECT_EQ(second->body(), "body");
  ASSERT_TRUE(second->trailers());
  EXPECT_EQ(*second->trailers(), trailers);
}

TEST_F(RelayTest, BytesCreditedBeforeAreNotCreditedAgain) {
  Begin();
  auto first = Attach();
  in_->Data(std::string(10, 'a'), false);
  first->Sent(6);
  EXPECT_EQ(in_->credit(), 6u);
  first->Reset(http::Reset::kRefused);
  auto second = Attach();
  EXPECT_EQ(second->body().size(), 10u);
  second->Sent(6);
  EXPECT_EQ(in_->credit(), 6u);
  second->Sent(3);
  EXPECT_EQ(in_->credit(), 9u);
}

TEST_F(RelayTest, NothingMovesAfterTheAnswerHasBegun) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  out->Response(200, false);
  EXPECT_FALSE(relay_->can_move());
}

TEST_F(RelayTest, ALongRequestMovesOnlyWhileNothingOfItWasSent) {
  Begin();
  auto out = Attach();
  in_->Data(std::string(100'000, 'x'), false);
  EXPECT_TRUE(relay_->can_move());
  out->Sent(1);
  EXPECT_FALSE(relay_->can_move());
}

TEST_F(RelayTest, ARequestUpToSixtyFourKibibytesMovesAfterItWasSent) {
  Begin();
  auto out = Attach();
  in_->Data(std::string(64 * 1024, 'x'), false);
  out->SentAll();
  EXPECT_TRUE(relay_->can_move());
  in_->Data("y", false);
  EXPECT_FALSE(relay_->can_move());
}

TEST_F(RelayTest, AnAnswerOfOurOwnEndsTheExchange) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  relay_->Answer({.status = 504}, "late");
  EXPECT_TRUE(out->gone());
  EXPECT_EQ(in_->head().status, 504);
  EXPECT_EQ(in_->body(), "late");
  EXPECT_TRUE(in_->ended());
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, AbortCutsACommittedAnswer) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  out->Response(200, false);
  relay_->Abort(http::Reset::kCancelled);
  EXPECT_TRUE(out->gone());
  EXPECT_EQ(in_->reset(), http::Reset::kCancelled);
  EXPECT_EQ(ends_, Ends{RelayEnd::kBroken});
}

TEST_F(RelayTest, AWithheldHeadLeavesTheOwnerFreeToAnswer) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  withhold_ = true;
  out->Response(503, false);
  EXPECT_TRUE(in_->heads().empty());
  EXPECT_FALSE(relay_->committed());
  EXPECT_TRUE(relay_->can_move());
  relay_->Detach();
  EXPECT_TRUE(out->gone());
  auto second = Attach();
  withhold_ = false;
  second->Response(200, true);
  EXPECT_EQ(in_->head().status, 200);
}

TEST_F(RelayTest, ASmallAnswerMayBeHeldUntilItIsWhole) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  hold_ = true;
  out->Response({.status = 200, .content_length = 6}, false);
  out->Data("ans", false);
  EXPECT_TRUE(in_->heads().empty());
  EXPECT_TRUE(relay_->can_move());
  EXPECT_EQ(out->credit(), 3u);
  out->Data("wer", true);
  EXPECT_EQ(in_->body(), "answer");
  EXPECT_TRUE(in_->ended());
  EXPECT_EQ(relay_->response_bytes(), 6u);
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

TEST_F(RelayTest, NothingOfAHeldAnswerIsSeenWhenItsPeerFails) {
  Begin(/*request_ended=*/true);
  auto first = Attach();
  hold_ = true;
  first->Response({.status = 200, .content_length = 6}, false);
  first->Data("bad", false);
  first->Reset(http::Reset::kLost);
  EXPECT_EQ(failures_, Resets{http::Reset::kLost});
  auto second = Attach();
  second->Response({.status = 200, .content_length = 4}, false);
  second->Data("good", true);
  EXPECT_EQ(in_->body(), "good");
}

TEST_F(RelayTest, ALongAnswerOrOneOfUnknownLengthIsNotHeld) {
  for (std::optional<uint64_t> length :
       {std::optional<uint64_t>(65'537), std::optional<uint64_t>()}) {
    Begin(/*request_ended=*/true);
    auto out = Attach();
    hold_ = true;
    out->Response({.status = 200, .content_length = length}, false);
    EXPECT_TRUE(relay_->committed());
  }
}

TEST_F(RelayTest, AnAnswerThatTheRestOfTheRequestMayWaitForIsNotHeld) {
  Begin();
  auto out = Attach();
  hold_ = true;
  in_->Data("who is there?", false);
  out->Response({.status = 200, .content_length = 6}, false);
  EXPECT_EQ(in_->head().status, 200);
  out->Data("ans", false);
  EXPECT_EQ(in_->body(), "ans");
}

TEST_F(RelayTest, TrailersOfAHeldAnswerFollowItsBody) {
  Begin(/*request_ended=*/true);
  auto out = Attach();
  hold_ = true;
  out->Response({.status = 200, .content_length = 3}, false);
  out->Data("abc", false);
  http::Headers trailers;
  trailers.Add("grpc-status", "0");
  out->Trailers(trailers);
  EXPECT_EQ(in_->body(), "abc");
  EXPECT_EQ(in_->trailers(), trailers);
}

TEST_F(RelayTest, TheRequestGoesOnWhileTheAnswerComes) {
  Begin();
  auto out = Attach();
  out->Response(200, false);
  in_->Data("ping", false);
  EXPECT_EQ(out->body(), "ping");
  out->Data("pong", false);
  EXPECT_EQ(in_->body(), "pong");
  in_->Data("", true);
  EXPECT_TRUE(ends_.empty());
  out->Data("", true);
  EXPECT_EQ(ends_, Ends{RelayEnd::kComplete});
}

}  // namespace
}  // namespace herald::call
