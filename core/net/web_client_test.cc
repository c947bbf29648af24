// SPDX-License-Identifier: Apache-2.0
//
// The client against core/http's own server ends, on real sockets of loopback.
#include "core/net/web_client.h"

#include <gmock/gmock.h>

#include "core/http/ask.h"
#include "core/net/web_client_testing.h"
#include "tests/support/temporary_folder.h"

namespace herald::net {
namespace {

using http::Protocol;
using test::TurnUntil;
using test::TurnUntilQuiet;
using test::WebServer;
using ::testing::AllOf;
using testing::Answer;
using testing::Get;
using ::testing::HasSubstr;
using testing::Post;
using ::testing::StartsWith;
using testing::WebClientTest;

// --- Every protocol ---------------------------------------------------------

struct Kind {
  const char* name;
  Protocol protocol;
  bool tls;
};

class WebClientKindTest : public WebClientTest,
                          public ::testing::WithParamInterface<Kind> {
 protected:
  WebServer& Start() {
    const Protocol protocol = GetParam().protocol;
    WebServer& server = GetParam().tls ? ServeTls(protocol) : Serve({protocol});
    Connect({server.Url()}, {.http2 = protocol == Protocol::kHttp2});
    return server;
  }
  bool multiplexes() const { return GetParam().protocol == Protocol::kHttp2; }
};

INSTANTIATE_TEST_SUITE_P(
    All, WebClientKindTest,
    ::testing::Values(Kind{"Http1", Protocol::kHttp1, false},
                      Kind{"Http2", Protocol::kHttp2, false},
                      Kind{"Http1OverTls", Protocol::kHttp1, true},
                      Kind{"Http2OverTls", Protocol::kHttp2, true}),
    [](const auto& one) { return one.param.name; });

TEST_P(WebClientKindTest, ARequestIsAnswered) {
  WebServer& server = Start();
  Answer& answer = Ask(Post("/v3/kv/range?x=1", "question"));
  auto& served = Asked(server);
  EXPECT_EQ(served.head.path, "/v3/kv/range?x=1");
  EXPECT_EQ(served.head.authority, server.local().ToString());
  ASSERT_TRUE(TurnUntil(loop_, [&] { return served.log.over; }));
  EXPECT_EQ(served.log.body, "question");
  server.Answer(served, 404, "none");
  Await(answer);
  EXPECT_TRUE(answer.ended->ok()) << *answer.ended;
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "none");
}

TEST_P(WebClientKindTest, AWatchIsHeardPieceByPiece) {
  WebServer& server = Start();
  Answer& answer = Ask(Get("/watch"));
  auto& served = Asked(server);
  server.Head(served, 200);
  for (std::string piece : {"one\n", "two\n"}) {
    served.stream->SendData(piece, false);
    EXPECT_TRUE(TurnUntil(
        loop_, [&] { return answer.body.find(piece) != std::string::npos; }));
  }
  EXPECT_FALSE(answer.ended.has_value());
}

// Far more than one window: credit comes back as it is consumed.
TEST_P(WebClientKindTest, LargeBodiesGoBothWaysWhole) {
  WebServer& server = Start();
  const std::string large(3 << 20, 'x');
  Answer& answer = Ask(Post("/", large));
  auto& served = Asked(server);
  ASSERT_TRUE(TurnUntil(loop_, [&] { return served.log.over; }));
  EXPECT_EQ(served.log.body.size(), large.size());
  server.Answer(served, 200, large);
  Await(answer);
  EXPECT_EQ(answer.body.size(), large.size());
}

TEST_P(WebClientKindTest, TwoQuestionsAtOnceShareAConnectionWhereTheyCan) {
  WebServer& server = Start();
  Answer& first = Ask(Get("/1"));
  auto& one = Asked(server, 1);
  Answer& second = Ask(Get("/2"));
  auto& two = Asked(server, 2);
  EXPECT_EQ(server.accepted, multiplexes() ? 1u : 2u);
  server.Answer(two, 200, "2");
  server.Answer(one, 200, "1");
  Await(first);
  Await(second);
  EXPECT_EQ(first.body, "1");
  EXPECT_EQ(second.body, "2");
}

TEST_P(WebClientKindTest, AnIdleConnectionIsKeptForTheNextQuestion) {
  WebServer& server = Start();
  for (size_t n = 1; n <= 3; ++n) {
    Answer& answer = Ask(Get("/"));
    server.Answer(Asked(server, n), 200, "yes");
    Await(answer);
    TurnUntilQuiet(loop_);
  }
  EXPECT_EQ(server.accepted, 1u);
}

TEST_P(WebClientKindTest, AConnectionLostInTheBodyIsToldWithTheServersName) {
  WebServer& server = Start();
  Answer& answer = Ask(Get("/watch"));
  auto& served = Asked(server);
  server.Head(served, 200);
  served.stream->SendData("half", false);
  ASSERT_TRUE(TurnUntil(loop_, [&] { return answer.body == "half"; }));
  server.Cut();
  Await(answer);
  EXPECT_EQ(answer.ended->code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.Problem(), StartsWith(server.Url() + ": "));
  EXPECT_EQ(server.handler.requests.size(), 1u);
}

// The server closes while the connection rests; the request crosses it.
TEST_P(WebClientKindTest, AQuestionThatMetADeadConnectionGoesAgain) {
  WebServer& server = Start();
  Answer& first = Ask(Get("/"));
  server.Answer(Asked(server), 200, "");
  Await(first);
  server.handler.requests.clear();
  Answer& second = Ask(Get("/again"));
  server.Cut();
  server.Answer(Asked(server), 200, "fresh");
  Await(second);
  EXPECT_EQ(second.body, "fresh");
  EXPECT_EQ(server.accepted, 2u);
}

TEST_P(WebClientKindTest, AnOrderThatMayHaveBeenDoneDoesNotGoAgain) {
  WebServer& server = Start();
  Answer& first = Ask(Get("/"));
  server.Answer(Asked(server), 200, "");
  Await(first);
  Answer& order = Ask(Post("/order", "one"));
  Asked(server, 2);
  server.Cut();
  Await(order);
  EXPECT_THAT(order.Problem(), HasSubstr("connection was lost"));
  TurnUntilQuiet(loop_);
  EXPECT_EQ(server.handler.requests.size(), 2u);
}

TEST_P(WebClientKindTest, ACallGivenUpIsToldNothingMore) {
  WebServer& server = Start();
  Answer& answer = Ask(Get("/watch"));
  auto& served = Asked(server);
  server.Head(served, 200);
  ASSERT_TRUE(TurnUntil(loop_, [&] { return answer.status == 200; }));
  answer.call.reset();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return served.log.reset.has_value(); }));
  EXPECT_FALSE(answer.ended.has_value());
}

TEST_P(WebClientKindTest, TrailersComeBeforeTheEnd) {
  WebServer& server = Start();
  Answer& answer = Ask(Get("/grpc"));
  auto& served = Asked(server);
  server.Head(served, 200);
  served.stream->SendData("body", false);
  http::Headers trailers;
  trailers.Add("grpc-status", "7");
  served.stream->SendTrailers(trailers);
  Await(answer);
  EXPECT_EQ(answer.trailers.Get("grpc-status"), "7");
}

// --- Who answers there ------------------------------------------------------

TEST_F(WebClientTest, ABasePathGoesBeforeEachPath) {
  WebServer& server = Serve();
  Connect({server.Url() + "/base/"});
  Ask(Get("/api"));
  EXPECT_EQ(Asked(server).head.path, "/base/api");
}

TEST_F(WebClientTest, AUnixSocketIsAServerToo) {
  test::TemporaryFolder folder;
  WebServer& server = Serve({.protocol = Protocol::kHttp2,
                             .address = "unix:" + (folder / "agent.sock")});
  Connect({server.local().ToString()}, {.http2 = true});
  Answer& answer = Ask(Get("/"));
  server.Answer(Asked(server), 200, "svid");
  Await(answer);
  EXPECT_EQ(answer.body, "svid");
}

TEST_F(WebClientTest, ANameIsResolvedOffTheLoop) {
  WebServer& server = Serve();
  Connect({"http://localhost:" + std::to_string(server.local().port())});
  Answer& answer = Ask(Get("/"));
  server.Answer(Asked(server), 200, "home");
  Await(answer);
  EXPECT_EQ(answer.body, "home");
}

TEST_F(WebClientTest, ANameThatNobodyKnowsIsSaidSo) {
  Connect({"http://no-such-host.invalid:80"});
  EXPECT_THAT(Failure(), AllOf(StartsWith("http://no-such-host.invalid:80: "),
                               HasSubstr("cannot be resolved")));
}

TEST_F(WebClientTest, NobodyThereIsSaidWithTheServersName) {
  WebServer& server = Serve();
  server.StopListening();
  Connect({server.Url()});
  EXPECT_THAT(Failure(),
              AllOf(StartsWith(server.Url() + ": "), HasSubstr("refused")));
}

TEST_F(WebClientTest, SomethingElseThanHttpIsSaidSo) {
  WebServer& server = Serve({Protocol::kHttp2});
  Connect({server.Url()});
  EXPECT_THAT(Failure(), StartsWith(server.Url() + ": "));
}

// --- Several servers, and silent ones ---------------------------------------

TEST_F(WebClientTest, TheNextMemberIsAskedWhereOneRefuses) {
  WebServer& gone = Serve();
  gone.StopListening();
  WebServer& there = Serve();
  Connect({gone.Url(), there.Url()});
  Ask(Get("/"));
  Asked(there);
}

TEST_F(WebClientTest, WhereNoMemberAnswersEachIsNamed) {
  WebServer& one = Serve();
  WebServer& other = Serve();
  one.StopListening();
  other.StopListening();
  Connect({one.Url(), other.Url()});
  EXPECT_THAT(Failure(), AllOf(HasSubstr(one.Url() + ": "),
                               HasSubstr("; " + other.Url() + ": ")));
}

TEST_F(WebClientTest, AMemberThatWasLostIsNotAskedFirst) {
  WebServer& first = Serve();
  WebServer& second = Serve();
  Connect({first.Url(), second.Url()});
  Answer& watch = Ask(Get("/watch"));
  Asked(first);
  first.Cut();
  Await(watch);
  Ask(Get("/watch"));
  Asked(second);
}

TEST_F(WebClientTest, AMemberThatCannotServeNowIsNotAskedFirst) {
  WebServer& first = Serve();
  WebServer& second = Serve();
  Connect({first.Url(), second.Url()});
  Answer& refused = Ask(Get("/"));
  first.Answer(Asked(first), 503, "no leader");
  Await(refused);
  EXPECT_EQ(refused.status, 503);
  Ask(Get("/"));
  Asked(second);
}

// Takes connections, and that is all it does.
struct SilentServer final : ListenEvents {
  explicit SilentServer(AsioLoop& loop)
      : socket(*ListenSocket::Open(loop, *Address::Parse("127.0.0.1:0"), "t")) {
    socket->Start(this);
  }
  void OnAccepted(UniqueFd fd, const Address&) override {
    held.push_back(std::move(fd));
  }
  void OnExhausted(const std::string&) override {}

  std::unique_ptr<ListenSocket> socket;
  std::vector<UniqueFd> held;
};

TEST_F(WebClientTest, AServerThatFellSilentIsGivenUp) {
  SilentServer silent(loop_);
  Connect({"http://" + silent.socket->local().ToString()},
          {.http2 = true,
           .watch = {.silence = std::chrono::milliseconds(20),
                     .patience = std::chrono::milliseconds(20)}});
  EXPECT_THAT(Failure(), HasSubstr("connection was lost"));
}

TEST_F(WebClientTest, AHandshakeThatNeverEndsIsGivenUp) {
  SilentServer silent(loop_);
  Connect({"https://" + silent.socket->local().ToString()},
          {.connect_patience = std::chrono::milliseconds(50)});
  EXPECT_THAT(Failure(), HasSubstr("in time"));
}

TEST_F(WebClientTest, AnIdleConnectionIsClosedAfterAWhile) {
  WebServer& server = Serve();
  Connect({server.Url()}, {.idle = std::chrono::milliseconds(20)});
  Answer& answer = Ask(Get("/"));
  server.Answer(Asked(server), 200, "");
  Await(answer);
  EXPECT_TRUE(TurnUntil(loop_, [&] { return client_->connections() == 0; }));
}

TEST_F(WebClientTest, AnAskStandsOnIt) {
  WebServer& server = Serve();
  Connect({server.Url()});
  std::string body;
  http::Ask ask(*client_, loop_, Get("/card"), {},
                [&](StatusOr<http::WebAnswer> answer) { body = answer->body; });
  server.Answer(Asked(server), 200, "whole");
  EXPECT_TRUE(TurnUntil(loop_, [&] { return body == "whole"; }));
}

}  // namespace
}  // namespace herald::net
