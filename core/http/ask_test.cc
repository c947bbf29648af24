// SPDX-License-Identifier: Apache-2.0
#include "core/http/ask.h"

#include <optional>

#include "gtest/gtest.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::http {
namespace {

using std::chrono::seconds;

class AskTest : public ::testing::Test {
 protected:
  std::unique_ptr<Ask> Start() {
    WebRequest request;
    request.head.method = "GET";
    request.head.path = "/version";
    return std::make_unique<Ask>(
        web_, loop_, std::move(request),
        AskLimits{.patience = seconds(5), .body_max = 8},
        [this](StatusOr<WebAnswer> answer) { answer_ = std::move(answer); });
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  std::optional<StatusOr<WebAnswer>> answer_;
};

TEST_F(AskTest, PiecesComeAsOneAnswer) {
  auto ask = Start();
  web_.last().Head(404);
  web_.last().Body("no");
  web_.last().Body("body");
  EXPECT_FALSE(answer_);
  web_.last().End();
  ASSERT_TRUE(answer_ && answer_->ok());
  EXPECT_EQ((*answer_)->status, 404);
  EXPECT_EQ((*answer_)->body, "nobody");
}

TEST_F(AskTest, AnAnswerAboveTheBoundIsGivenUp) {
  auto ask = Start();
  auto asked = web_.asked.back();
  asked->Head(200);
  asked->Body("12345678");
  EXPECT_FALSE(answer_);
  asked->Body("9");
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->status().code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(asked->given_up);
}

TEST_F(AskTest, WhatTakesTooLongIsGivenUp) {
  auto ask = Start();
  auto asked = web_.asked.back();
  asked->Head(200);
  loop_.RunFor(seconds(5));
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(asked->given_up);
}

TEST_F(AskTest, NothingIsToldAfterItsEnd) {
  auto ask = Start();
  auto asked = web_.asked.back();
  ask.reset();
  EXPECT_TRUE(asked->given_up);
  loop_.RunFor(seconds(60));
  EXPECT_FALSE(answer_);
}

}  // namespace
}  // namespace herald::http
