// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/agent_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/listener_ends.h"

namespace herald::listener {
namespace {

using test::TurnUntil;
using test::TurnUntilQuiet;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Peer;
using ::testing::StartsWith;
using testing::StreamLog;

// An agent whose answers are typed in by the test.
class Agent final : public net::ListenEvents {
 public:
  explicit Agent(net::AsioLoop& loop)
      : loop_(loop),
        socket_(std::move(*net::ListenSocket::Open(
            loop, *Address::Parse("127.0.0.1:0"), "test"))) {
    socket_->Start(this);
  }
  void OnAccepted(net::UniqueFd fd, const Address&) override {
    connections.push_back(std::make_unique<Peer>(loop_, std::move(fd)));
  }
  void OnExhausted(const std::string&) override {}
  const Address& address() const { return socket_->local(); }
  void Close() { socket_.reset(); }

  std::vector<std::unique_ptr<Peer>> connections;

 private:
  net::AsioLoop& loop_;
  std::unique_ptr<net::ListenSocket> socket_;
};

class AgentPoolTest : public ::testing::Test {
 protected:
  void MakePool(LocalAgentOptions options = {}) {
    options.name = "summarizer";
    options.address = agent_.address();
    pool_ = std::make_unique<AgentPool>(loop_, log_, metrics_, options);
  }
  static http::RequestHead Get(const std::string& path = "/") {
    http::RequestHead head;
    head.method = "GET";
    head.scheme = "http";
    head.authority = "summarizer.herald";
    head.path = path;
    return head;
  }
  static http::RequestHead Post() {
    http::RequestHead head = Get();
    head.method = "POST";
    return head;
  }
  // The nth connection the agent got.
  Peer& Connection(size_t n) {
    EXPECT_TRUE(
        TurnUntil(loop_, [&] { return agent_.connections.size() >= n; }));
    return *agent_.connections.at(n - 1);
  }
  bool Ended(const StreamLog& log) {
    return TurnUntil(loop_, [&] { return log.ended; });
  }
  bool WasReset(const StreamLog& log) {
    return TurnUntil(loop_, [&] { return log.reset.has_value(); });
  }
  // One whole exchange, after which the connection is idle.
  void Exchange(size_t connection) {
    StreamLog log;
    auto stream = pool_->Open(Get("/first"), true, &log);
    EXPECT_TRUE(Connection(connection).Hears("GET /first"));
    Connection(connection).Say(kAnswer);
    EXPECT_TRUE(Ended(log));
    Connection(connection).Forget();
    TurnUntilQuiet(loop_);
  }

  static constexpr char kAnswer[] =
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

  net::AsioLoop loop_;
  NullLog log_;
  Metrics metrics_;
  Agent agent_{loop_};
  std::unique_ptr<AgentPool> pool_;
};

TEST_F(AgentPoolTest, ARequestReachesTheAgentAndItsAnswerComesBack) {
  MakePool();
  StreamLog log;
  auto stream = pool_->Open(Get("/work"), true, &log);
  ASSERT_TRUE(Connection(1).Hears("\r\n\r\n"));
  EXPECT_THAT(Connection(1).heard, StartsWith("GET /work HTTP/1.1\r\n"));
  EXPECT_THAT(Connection(1).heard, HasSubstr("summarizer.herald"));
  Connection(1).Say(kAnswer);
  EXPECT_TRUE(Ended(log));
  EXPECT_THAT(log.statuses, ElementsAre(200));
  EXPECT_EQ(log.body, "ok");
}

TEST_F(AgentPoolTest, WhatIsSentBeforeTheConnectionStandsIsNotLost) {
  MakePool();
  StreamLog log;
  auto stream = pool_->Open(Post(), false, &log);
  stream->SendData("early ", false);
  stream->SendData("bird", true);
  ASSERT_TRUE(Connection(1).Hears("0\r\n\r\n"));
  EXPECT_THAT(Connection(1).heard, HasSubstr("early bird"));
  EXPECT_TRUE(TurnUntil(loop_, [&] { return log.sent == 10; }));
}

TEST_F(AgentPoolTest, AnIdleConnectionIsUsedAgain) {
  MakePool();
  Exchange(1);
  Exchange(1);
  EXPECT_EQ(agent_.connections.size(), 1u);
}

TEST_F(AgentPoolTest, RequestsAtOnceGetConnectionsOfTheirOwn) {
  MakePool();
  StreamLog first_log, second_log;
  auto first = pool_->Open(Get("/1"), true, &first_log);
  auto second = pool_->Open(Get("/2"), true, &second_log);
  Connection(2).Say(kAnswer);
  Connection(1).Say(kAnswer);
  EXPECT_TRUE(Ended(first_log));
  EXPECT_TRUE(Ended(second_log));
}

TEST_F(AgentPoolTest, BeyondTheBoundARequestWaitsForAConnection) {
  MakePool({.connections_max = 1});
  StreamLog first_log, second_log;
  auto first = pool_->Open(Get("/1"), true, &first_log);
  auto second = pool_->Open(Get("/2"), true, &second_log);
  ASSERT_TRUE(Connection(1).Hears("GET /1"));
  TurnUntilQuiet(loop_);
  EXPECT_THAT(Connection(1).heard, Not(HasSubstr("GET /2")));

  Connection(1).Say(kAnswer);
  EXPECT_TRUE(Connection(1).Hears("GET /2"));
  EXPECT_EQ(agent_.connections.size(), 1u);
}

TEST_F(AgentPoolTest, ARequestTooManyIsRefusedAfterOpenHasReturned) {
  MakePool({.connections_max = 1, .waiting_max = 1});
  StreamLog waiting_log, refused_log;
  auto waiting = pool_->Open(Get(), true, &waiting_log);
  auto refused = pool_->Open(Get(), true, &refused_log);
  EXPECT_FALSE(refused_log.reset.has_value());
  ASSERT_TRUE(WasReset(refused_log));
  EXPECT_EQ(refused_log.reset, http::Reset::kRefused);
}

TEST_F(AgentPoolTest, AnAgentThatDoesNotListenWasSentNothing) {
  MakePool();
  agent_.Close();
  StreamLog log;
  auto stream = pool_->Open(Post(), false, &log);
  stream->SendData("body", true);
  EXPECT_FALSE(log.reset.has_value());
  ASSERT_TRUE(WasReset(log));
  EXPECT_EQ(log.reset, http::Reset::kNotSent);
}

TEST_F(AgentPoolTest, ARequestGivenUpWhileWaitingIsForgotten) {
  MakePool();
  StreamLog log;
  pool_->Open(Get("/never"), true, &log).reset();
  Connection(1);
  TurnUntilQuiet(loop_);
  EXPECT_EQ(Connection(1).heard, "");
  EXPECT_FALSE(log.reset.has_value());
}

// The agent closed its idle connection while our request was on its way. The
// close and the request cross: the agent never read it.
TEST_F(AgentPoolTest, ASafeRequestThatCrossesAnIdleCloseGoesAgain) {
  MakePool();
  Exchange(1);
  StreamLog log;
  auto stream = pool_->Open(Get("/again"), true, &log);
  Connection(1).Hears("GET /again");
  Connection(1).Vanish();
  ASSERT_TRUE(Connection(2).Hears("GET /again"));
  Connection(2).Say(kAnswer);
  EXPECT_TRUE(Ended(log));
  EXPECT_FALSE(log.reset.has_value());
}

TEST_F(AgentPoolTest, ItGoesAgainOnlyOnce) {
  MakePool();
  Exchange(1);
  StreamLog log;
  auto stream = pool_->Open(Get("/again"), true, &log);
  Connection(1).Hears("GET /again");
  Connection(1).Vanish();
  ASSERT_TRUE(Connection(2).Hears("GET /again"));
  Connection(2).Vanish();
  ASSERT_TRUE(WasReset(log));
  EXPECT_EQ(log.reset, http::Reset::kLost);
}

TEST_F(AgentPoolTest, ARequestThatMayHaveHadAnEffectDoesNotGoAgain) {
  MakePool();
  Exchange(1);
  StreamLog log;
  auto stream = pool_->Open(Post(), true, &log);
  Connection(1).Hears("POST");
  Connection(1).Vanish();
  ASSERT_TRUE(WasReset(log));
  EXPECT_EQ(log.reset, http::Reset::kLost);
  EXPECT_EQ(agent_.connections.size(), 1u);
}

TEST_F(AgentPoolTest, ARequestOnAFreshConnectionDoesNotGoAgain) {
  MakePool();
  StreamLog log;
  auto stream = pool_->Open(Get("/first"), true, &log);
  Connection(1).Hears("GET /first");
  Connection(1).Vanish();
  ASSERT_TRUE(WasReset(log));
  EXPECT_EQ(log.reset, http::Reset::kLost);
}

TEST_F(AgentPoolTest, AnAnswerCutShortDoesNotGoAgain) {
  MakePool();
  Exchange(1);
  StreamLog log;
  auto stream = pool_->Open(Get("/cut"), true, &log);
  Connection(1).Hears("GET /cut");
  Connection(1).Say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort");
  TurnUntil(loop_, [&] { return !log.statuses.empty(); });
  Connection(1).Vanish();
  ASSERT_TRUE(WasReset(log));
  EXPECT_EQ(agent_.connections.size(), 1u);
}

TEST_F(AgentPoolTest, ACancelledRequestClosesItsConnection) {
  MakePool();
  StreamLog log;
  auto stream = pool_->Open(Get(), true, &log);
  ASSERT_TRUE(Connection(1).Hears("GET"));
  stream.reset();
  EXPECT_TRUE(Connection(1).HearsTheEnd());
}

TEST_F(AgentPoolTest, AnAnswerNobodyConsumesIsNotReadOn) {
  MakePool({.limits = {.body_window = 64 * 1024}});
  StreamLog log;
  auto stream = pool_->Open(Get(), true, &log);
  ASSERT_TRUE(Connection(1).Hears("GET"));
  Connection(1).Say("HTTP/1.1 200 OK\r\ncontent-length: 4194304\r\n\r\n" +
                    std::string(4 << 20, 'x'));
  TurnUntilQuiet(loop_);
  EXPECT_GT(log.body.size(), 0u);
  EXPECT_LE(log.body.size(), 64u * 1024);
}

TEST_F(AgentPoolTest, ItsEndResetsWhatIsOpenAndWhatWaits) {
  MakePool({.connections_max = 1});
  StreamLog sent_log, waiting_log;
  auto sent = pool_->Open(Get("/1"), true, &sent_log);
  ASSERT_TRUE(Connection(1).Hears("GET /1"));
  auto waiting = pool_->Open(Get("/2"), true, &waiting_log);
  pool_.reset();
  EXPECT_EQ(sent_log.reset, http::Reset::kLost);
  EXPECT_EQ(waiting_log.reset, http::Reset::kNotSent);
  sent->Consume(0);
  TurnUntilQuiet(loop_);
}

}  // namespace
}  // namespace herald::listener
