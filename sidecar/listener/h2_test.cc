// SPDX-License-Identifier: Apache-2.0
//
// HTTP/2 with prior knowledge, our agent end against our listening end.
#include <gtest/gtest.h>

#include "sidecar/listener/acceptor.h"
#include "sidecar/listener/agent_pool.h"
#include "tests/support/listener_ends.h"

namespace herald::listener {
namespace {

using test::TurnUntil;
using testing::StreamLog;

class H2Test : public ::testing::Test {
 protected:
  H2Test() {
    acceptor_ =
        std::move(*Acceptor::Open({loop_, handler_, log_, metrics_},
                                  {.address = *Address::Parse("127.0.0.1:0")}));
    pool_ = std::make_unique<AgentPool>(
        loop_, log_, metrics_,
        LocalAgentOptions{.name = "summarizer",
                          .address = acceptor_->local(),
                          .protocol = http::Protocol::kHttp2});
  }
  std::unique_ptr<http::Stream> Open(StreamLog* log) {
    http::RequestHead head;
    head.method = "GET";
    head.scheme = "http";
    head.authority = "summarizer.herald";
    head.path = "/work";
    return pool_->Open(head, true, log);
  }
  bool HasCalls(size_t n) {
    return TurnUntil(loop_, [&] { return handler_.calls.size() == n; });
  }

  net::AsioLoop loop_;
  NullLog log_;
  Metrics metrics_;
  testing::CallRecorder handler_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<AgentPool> pool_;
};

TEST_F(H2Test, RequestsAtOnceShareOneConnection) {
  StreamLog first_log, second_log;
  auto first = Open(&first_log);
  auto second = Open(&second_log);
  ASSERT_TRUE(HasCalls(2));
  EXPECT_EQ(acceptor_->connections(), 1u);
  // The second is answered first: they do not wait for each other.
  for (size_t i : {1, 0}) {
    handler_.calls[i]->stream->SendResponse(testing::Ok(), false);
    handler_.calls[i]->stream->SendData("ok", true);
    StreamLog& log = i == 0 ? first_log : second_log;
    ASSERT_TRUE(TurnUntil(loop_, [&] { return log.ended; }));
    EXPECT_EQ(log.body, "ok");
  }
}

TEST_F(H2Test, ACancelledRequestResetsItsCallAndNotTheConnection) {
  StreamLog kept_log, cancelled_log;
  auto kept = Open(&kept_log);
  auto cancelled = Open(&cancelled_log);
  ASSERT_TRUE(HasCalls(2));
  cancelled.reset();
  EXPECT_TRUE(TurnUntil(
      loop_, [&] { return handler_.calls[1]->log.reset.has_value(); }));
  handler_.calls[0]->stream->SendResponse(testing::Ok(), true);
  EXPECT_TRUE(TurnUntil(loop_, [&] { return kept_log.ended; }));
}

TEST_F(H2Test, DrainingLetsTheOpenCallEnd) {
  StreamLog log;
  auto stream = Open(&log);
  ASSERT_TRUE(HasCalls(1));
  bool drained = false;
  acceptor_->Drain([&] { drained = true; });
  test::TurnUntilQuiet(loop_);
  EXPECT_FALSE(drained);
  handler_.calls[0]->stream->SendResponse(testing::Ok(), true);
  EXPECT_TRUE(TurnUntil(loop_, [&] { return log.ended; }));
  EXPECT_TRUE(TurnUntil(loop_, [&] { return drained; }));
}

}  // namespace
}  // namespace herald::listener
