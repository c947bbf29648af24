// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::etcd {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr char kUnknownToken[] =
    R"({"error":"etcdserver: invalid auth token","code":16})";

class EtcdApiTest : public testing::Test {
 protected:
  void LogIn() {
    api_.emplace(web_, loop_, Login{.user = "herald", .password = [this] {
                                      return password_;
                                    }});
  }
  void Ask() {
    question_ = api_->Ask(
        "/v3/kv/range", {{"key", "YQ=="}},
        [this](StatusOr<json::Object> answer) { answer_ = std::move(answer); });
  }
  std::string Token() {
    return std::string(
        web_.last().request.head.headers.Get("authorization").value_or(""));
  }
  std::string Error() { return Message(answer_->status()); }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  StatusOr<std::string> password_ = std::string("secret");
  std::optional<Api> api_{std::in_place, web_, loop_, Login{}};
  std::unique_ptr<Api::Question> question_;
  std::optional<StatusOr<json::Object>> answer_;
};

TEST_F(EtcdApiTest, AsksAndGivesTheAnswer) {
  Ask();
  EXPECT_EQ(web_.last().path(), "/v3/kv/range");
  EXPECT_EQ(web_.last().request.body, R"({"key":"YQ=="})");
  EXPECT_EQ(Token(), "");
  web_.last().Answer(200, R"({"count":"1"})");
  ASSERT_TRUE(answer_ && answer_->ok());
  EXPECT_EQ(json::Serialize(**answer_), R"({"count":"1"})");
}

TEST_F(EtcdApiTest, LogsInOnceForManyQuestions) {
  LogIn();
  Ask();
  EXPECT_EQ(web_.last().path(), "/v3/auth/authenticate");
  EXPECT_EQ(web_.last().request.body,
            R"({"name":"herald","password":"secret"})");
  web_.last().Answer(200, R"({"token":"t1"})");
  EXPECT_EQ(web_.last().path(), "/v3/kv/range");
  EXPECT_EQ(Token(), "t1");
  web_.last().Answer(200, "{}");
  Ask();
  EXPECT_EQ(web_.last().path(), "/v3/kv/range");
  EXPECT_EQ(Token(), "t1");
}

TEST_F(EtcdApiTest, LogsInAnewWhereTheTokenIsTooOld) {
  LogIn();
  Ask();
  web_.last().Answer(200, R"({"token":"t1"})");
  web_.last().Answer(200, "{}");
  answer_.reset();
  Ask();
  password_ = std::string("changed");
  web_.last().Answer(401, kUnknownToken);
  EXPECT_EQ(web_.last().path(), "/v3/auth/authenticate");
  EXPECT_THAT(web_.last().request.body, HasSubstr("changed"));
  EXPECT_FALSE(answer_);
  web_.last().Answer(200, R"({"token":"t2"})");
  EXPECT_EQ(Token(), "t2");
  web_.last().Answer(200, "{}");
  EXPECT_TRUE(answer_->ok());
}

TEST_F(EtcdApiTest, ATokenThatIsRefusedAtOnceIsNotFetchedForEver) {
  LogIn();
  Ask();
  web_.last().Answer(200, R"({"token":"t1"})");
  web_.last().Answer(401, kUnknownToken);
  ASSERT_TRUE(answer_);
  EXPECT_THAT(Error(), HasSubstr("invalid auth token"));
}

TEST_F(EtcdApiTest, AWrongPasswordSaysWhereToLook) {
  LogIn();
  Ask();
  web_.last().Answer(400,
                     R"({"error":"etcdserver: authentication failed, invalid )"
                     R"(user ID or password","code":3})");
  EXPECT_THAT(Error(), HasSubstr("login of 'herald'"));
  EXPECT_THAT(Error(), HasSubstr("passwordFile"));
}

TEST_F(EtcdApiTest, APasswordThatCannotBeReadIsToldLater) {
  LogIn();
  password_ = Unavailable("no such file");
  Ask();
  EXPECT_FALSE(answer_);
  loop_.RunTurn();
  ASSERT_TRUE(answer_);
  EXPECT_EQ(Error(), "no such file");
}

TEST_F(EtcdApiTest, RefusalsKeepTheirMeaning) {
  EXPECT_EQ(StatusOf(400, R"({"error":"compacted","code":11})").code(),
            StatusCode::kOutOfRange);
  EXPECT_EQ(StatusOf(404, R"({"message":"lease not found","code":5})").code(),
            StatusCode::kNotFound);
  EXPECT_THAT(Message(StatusOf(404, "404 page not found")),
              HasSubstr("no etcd of version 3.4"));
  EXPECT_THAT(Message(StatusOf(400, R"({"error":"user name is empty"})")),
              HasSubstr("'user'"));
}

TEST_F(EtcdApiTest, WhatIsNoEtcdIsSaidSo) {
  Ask();
  web_.last().Answer(200, "<html>");
  EXPECT_THAT(Error(), HasSubstr("no etcd"));
}

TEST_F(EtcdApiTest, AnAnswerMustComeInTime) {
  Ask();
  loop_.RunFor(seconds(5));
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->status().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(EtcdApiTest, AWatchBearsTheToken) {
  LogIn();
  Ask();
  web_.last().Answer(200, R"({"token":"t1"})");
  class Deaf final : public http::WebEvents {
    void OnHead(const http::ResponseHead&) override {}
    void OnBody(std::string_view) override {}
    void OnEnd(const Status&) override {}
  } deaf;
  auto call = api_->Watch({{"key", "YQ=="}}, deaf);
  EXPECT_EQ(web_.last().path(), "/v3/watch");
  EXPECT_EQ(Token(), "t1");
  EXPECT_EQ(web_.last().request.body, R"({"create_request":{"key":"YQ=="}})");
  EXPECT_EQ(web_.last().request.head.headers.Get("grpc-metadata-hasleader"),
            "true");
}

}  // namespace
}  // namespace herald::etcd
