// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/http/codecs.h"
#include "tests/support/fake_loop.h"

namespace herald::injector {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr char kReview[] =
    R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",)"
    R"("request":{"uid":"7","kind":{"group":"","version":"v1","kind":"Pod"},)"
    R"("operation":"CREATE","namespace":"claims",)"
    R"("object":{"spec":{"containers":[{"name":"a"}]}}}})";

// The webhook behind a real codec, without a socket.
class WebhookTest : public testing::Test,
                    public http::RequestHandler,
                    public http::CodecEvents {
 protected:
  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool end) override {
    webhook_.OnCall({}, std::move(head), std::move(stream), end);
  }
  void OnCodecActivity() override {}

  // What is written when `request` has been read.
  std::string Ask(const std::string& request) {
    codec_->Feed(request, loop_.Now());
    std::string out;
    while (!codec_->Output().empty()) {
      out += codec_->Output();
      codec_->Wrote(codec_->Output().size());
    }
    loop_.RunTurn();
    return out;
  }
  std::string Get(const std::string& path) {
    return Ask("GET " + path + " HTTP/1.1\r\nhost: a\r\n\r\n");
  }
  std::string Post(const std::string& path, const std::string& body) {
    return Ask("POST " + path + " HTTP/1.1\r\nhost: a\r\ncontent-length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  test::FakeLoop loop_;
  NullLog log_;
  Metrics metrics_;
  Webhook webhook_{loop_, log_, metrics_, DefaultSettings("herald:1")};
  std::unique_ptr<http::Codec> codec_ = http::MakeServerCodec(
      http::Protocol::kHttp1, http::Limits(), *this, *this);
};

TEST_F(WebhookTest, APodComesBackWithAPatch) {
  const std::string answer = Post("/mutate?timeout=10s", kReview);
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("content-type: application/json"));
  EXPECT_THAT(answer, HasSubstr(R"("uid":"7","allowed":true,)"
                                R"("patchType":"JSONPatch","patch":")"));
  EXPECT_THAT(Get("/metrics"),
              HasSubstr("herald_injector_reviews_total{webhook=\"mutate\","
                        "result=\"injected\"} 1\n"));
}

TEST_F(WebhookTest, ValidateChangesNothing) {
  EXPECT_THAT(Post("/validate", kReview),
              EndsWith(R"("response":{"uid":"7","allowed":true}})"));
}

TEST_F(WebhookTest, NewSettingsHoldForTheNextPod) {
  const std::string before = Post("/mutate", kReview);
  webhook_.Replace(DefaultSettings("herald:2"));
  EXPECT_NE(Post("/mutate", kReview), before);
}

TEST_F(WebhookTest, WhatIsNoReviewIs400) {
  EXPECT_THAT(Post("/mutate", "{}"), HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(Get("/metrics"), HasSubstr("result=\"bad_review\"} 1\n"));
}

TEST_F(WebhookTest, ReadyAsSoonAsItAnswers) {
  EXPECT_THAT(Get("/readyz"), EndsWith("\r\n\r\nready\n"));
  EXPECT_THAT(Get("/livez"), HasSubstr("HTTP/1.1 200"));
}

TEST_F(WebhookTest, AnythingElseIs404AndSaysWhatThereIs) {
  EXPECT_THAT(Get("/mutate"), HasSubstr("HTTP/1.1 404"));
  EXPECT_THAT(Get("/"), HasSubstr("POST /mutate"));
}

TEST_F(WebhookTest, ABodyWithoutEndIsRefused) {
  const std::string answer = Post("/mutate", std::string(kMaxReview + 1, ' '));
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 413"));
}

TEST_F(WebhookTest, SomebodyWhoLeavesMidwayIsForgotten) {
  Ask("POST /mutate HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{");
  codec_.reset();
  loop_.RunTurn();
}

}  // namespace
}  // namespace herald::injector
