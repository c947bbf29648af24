// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/http/codecs.h"
#include "sidecar/admin/admin_testing.h"
#include "tests/support/fake_loop.h"

namespace herald::admin {
namespace {

using ::testing::EndsWith;
using testing::FakeSource;
using ::testing::HasSubstr;

// The server behind a real codec, without a socket.
class AdminServerTest : public ::testing::Test,
                        public http::RequestHandler,
                        public http::CodecEvents {
 protected:
  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool end) override {
    server_.OnCall({}, std::move(head), std::move(stream), end);
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

  test::FakeLoop loop_;
  FakeSource source_;
  Metrics metrics_;
  AdminServer server_{loop_, source_, metrics_};
  std::unique_ptr<http::Codec> codec_ = http::MakeServerCodec(
      http::Protocol::kHttp1, http::Limits(), *this, *this);
};

TEST_F(AdminServerTest, AnswersAndKeepsTheConnection) {
  for (int i = 0; i < 3; ++i) {
    std::string answer = Ask("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200"));
    EXPECT_THAT(answer, EndsWith("alive\n"));
  }
  EXPECT_FALSE(codec_->done());
}

TEST_F(AdminServerTest, HeadHasTheLengthAndNoBody) {
  std::string answer = Ask("HEAD /livez HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("content-length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(AdminServerTest, AQuestionIsAnsweredWhenItsBodyIsThere) {
  EXPECT_EQ(Ask("POST /policy/explain HTTP/1.1\r\nhost: a\r\n"
                "content-length: 11\r\n\r\n{\"agent\""),
            "");
  EXPECT_THAT(Ask(":1}"), EndsWith("{\"asked\":{\"agent\":1}}\n"));
}

TEST_F(AdminServerTest, ABodyWithoutEndIsRefused) {
  size_t size = AdminServer::kBodyMax + 1;
  std::string answer =
      Ask("POST /policy/explain HTTP/1.1\r\nhost: a\r\ncontent-length: " +
          std::to_string(size) + "\r\n\r\n" + std::string(size, ' '));
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 413"));
}

TEST_F(AdminServerTest, SomebodyWhoLeavesMidwayIsForgotten) {
  Ask("POST /policy/explain HTTP/1.1\r\nhost: a\r\n"
      "content-length: 10\r\n\r\n{");
  codec_.reset();
  loop_.RunTurn();
}

TEST_F(AdminServerTest, A405NamesWhatIsAllowed) {
  EXPECT_THAT(Ask("DELETE /peers HTTP/1.1\r\nhost: a\r\n\r\n"),
              HasSubstr("allow: GET, HEAD\r\n"));
}

}  // namespace
}  // namespace herald::admin
