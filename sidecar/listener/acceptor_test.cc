// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/acceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "core/http/ask.h"
#include "core/net/web_client.h"
#include "tests/support/listener_ends.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

namespace herald::listener {
namespace {

using test::TurnUntil;
using test::TurnUntilQuiet;
using testing::CallRecorder;
using ::testing::HasSubstr;
using testing::Ok;
using testing::Peer;

constexpr char kGet[] = "GET /work HTTP/1.1\r\nhost: summarizer.herald\r\n\r\n";

class AcceptorTest : public ::testing::Test {
 protected:
  void Open(AcceptorOptions options) {
    auto acceptor = Acceptor::Open({loop_, handler_, log_, metrics_}, options);
    ASSERT_TRUE(acceptor.ok()) << acceptor.status();
    acceptor_ = *std::move(acceptor);
  }
  void Open() { Open({.address = *Address::Parse("127.0.0.1:0")}); }
  std::unique_ptr<Peer> Connect() {
    return Peer::Connect(loop_, acceptor_->local());
  }
  // Waits for the nth call.
  testing::IncomingCall& Call(size_t n = 1) {
    EXPECT_TRUE(TurnUntil(loop_, [&] { return handler_.calls.size() >= n; }));
    return *handler_.calls.at(n - 1);
  }

  net::AsioLoop loop_;
  NullLog log_;
  Metrics metrics_;
  CallRecorder handler_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, HandsOnACallWithWhereItCameFrom) {
  Open({.address = *Address::Parse("127.0.0.1:0"), .agent = "summarizer"});
  auto client = Connect();
  client->Say(kGet);
  auto& call = Call();
  EXPECT_EQ(call.head.method, "GET");
  EXPECT_EQ(call.head.path, "/work");
  EXPECT_EQ(call.head.authority, "summarizer.herald");
  EXPECT_TRUE(call.ended);
  EXPECT_EQ(call.origin.listener_agent, "summarizer");
  EXPECT_TRUE(call.origin.remote.is_loopback());
  EXPECT_FALSE(call.origin.credentials.has_value());
}

TEST_F(AcceptorTest, OnAUnixSocketTheKernelSaysWhoCalls) {
  test::TemporaryFolder folder;
  Open({.address = *Address::Parse("unix:" + (folder / "agents.sock"))});
  auto client = Connect();
  client->Say(kGet);
  auto& call = Call();
  ASSERT_TRUE(call.origin.credentials.has_value());
  EXPECT_EQ(call.origin.credentials->pid, getpid());
  EXPECT_EQ(call.origin.credentials->uid, geteuid());
}

TEST_F(AcceptorTest, AResponseReachesTheClient) {
  Open();
  auto client = Connect();
  client->Say(kGet);
  auto& call = Call();
  http::ResponseHead head = Ok();
  head.content_length = 5;
  call.stream->SendResponse(head, false);
  call.stream->SendData("hello", true);
  EXPECT_TRUE(client->Hears("hello"));
  EXPECT_THAT(client->heard, HasSubstr("HTTP/1.1 200"));
}

TEST_F(AcceptorTest, AConnectionServesOneCallAfterTheOther) {
  Open();
  auto client = Connect();
  for (size_t n = 1; n <= 3; ++n) {
    client->Say(kGet);
    http::ResponseHead head = Ok();
    head.content_length = 0;
    Call(n).stream->SendResponse(head, true);
    ASSERT_TRUE(client->Hears("200"));
    client->Forget();
  }
  EXPECT_EQ(acceptor_->connections(), 1u);
}

TEST_F(AcceptorTest, EachServerSentEventLeavesAtOnce) {
  Open();
  auto client = Connect();
  client->Say(kGet);
  auto& call = Call();
  call.stream->SendResponse(Ok(), false);
  for (std::string event : {"data: one\n\n", "data: two\n\n"}) {
    call.stream->SendData(event, false);
    EXPECT_TRUE(client->Hears(event));
  }
  EXPECT_THAT(client->heard, Not(HasSubstr("three")));
}

TEST_F(AcceptorTest, ABodyNobodyConsumesIsNotReadOn) {
  Open({.address = *Address::Parse("127.0.0.1:0"),
        .limits = {.body_window = 64 * 1024}});
  auto client = Connect();
  client->Say(
      "POST / HTTP/1.1\r\nhost: x.herald\r\ncontent-length: 4194304\r\n\r\n");
  auto& call = Call();
  std::string piece(1 << 20, 'x');
  for (int i = 0; i < 4; ++i) client->Say(piece);
  TurnUntilQuiet(loop_);
  size_t held = call.log.body.size();
  EXPECT_LE(held, 64u * 1024);
  EXPECT_GT(held, 0u);

  call.stream->Consume(held);
  EXPECT_TRUE(TurnUntil(loop_, [&] { return call.log.body.size() > held; }));
  TurnUntilQuiet(loop_);
  EXPECT_LE(call.log.body.size(), 2u * 64 * 1024);
}

TEST_F(AcceptorTest, AClientThatVanishesResetsItsCall) {
  Open();
  auto client = Connect();
  client->Say("POST / HTTP/1.1\r\nhost: x.herald\r\ncontent-length: 9\r\n\r\n");
  auto& call = Call();
  client->Vanish();
  EXPECT_TRUE(TurnUntil(loop_, [&] { return call.log.reset.has_value(); }));
}

TEST_F(AcceptorTest, MalformedHttpIsAnsweredAndTheConnectionEnds) {
  Open();
  auto client = Connect();
  client->Say("NONSENSE\r\n\r\n");
  EXPECT_TRUE(client->Hears("HTTP/1.1 400"));
  EXPECT_TRUE(client->HearsTheEnd());
  EXPECT_FALSE(client->broken);
  client->Vanish();
  EXPECT_TRUE(TurnUntil(loop_, [&] { return acceptor_->connections() == 0; }));
}

// The unread rest would make the kernel reset the connection, and the answer
// could be lost on the way.
TEST_F(AcceptorTest, AnAnswerSurvivesARequestThatIsNotReadToItsEnd) {
  Open();
  auto client = Connect();
  std::string junk(256 * 1024, 'x');
  client->Say(junk);
  EXPECT_TRUE(client->Hears("HTTP/1.1 4"));
  client->Say(junk);
  EXPECT_TRUE(client->HearsTheEnd());
  EXPECT_FALSE(client->broken);
}

TEST_F(AcceptorTest, AConnectionBeyondTheBoundWaits) {
  Open({.address = *Address::Parse("127.0.0.1:0"), .connections_max = 1});
  auto first = Connect();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return acceptor_->connections() == 1; }));
  auto second = Connect();
  second->Say(kGet);
  TurnUntilQuiet(loop_);
  EXPECT_EQ(handler_.calls.size(), 0u);

  first->Vanish();
  Call();
}

TEST_F(AcceptorTest, AtTheBoundTheOneThatHasRestedLongestMakesRoom) {
  Open({.address = *Address::Parse("127.0.0.1:0"), .connections_max = 2});
  auto busy = Connect();
  busy->Say(kGet);
  Call(1);
  auto resting = Connect();
  resting->Say(kGet);
  Call(2).stream->SendResponse(Ok(), true);
  EXPECT_TRUE(resting->HearsTheEnd());

  auto third = Connect();
  third->Say(kGet);
  Call(3);
  EXPECT_FALSE(busy->eof || busy->broken);
}

TEST_F(AcceptorTest, AnAddressOthersCanReachIsRefused) {
  auto acceptor = Acceptor::Open({loop_, handler_, log_, metrics_},
                                 {.address = *Address::Parse("0.0.0.0:0")});
  ASSERT_FALSE(acceptor.ok());
  EXPECT_THAT(Message(acceptor.status()), HasSubstr("listen.agents"));
}

TEST_F(AcceptorTest, AnAddressOthersCanReachMayBeMeant) {
  Open({.address = *Address::Parse("0.0.0.0:0"), .remote_allowed = true});
  EXPECT_NE(acceptor_->local().port(), 0);
}

TEST_F(AcceptorTest, DrainingLetsTheOpenCallEnd) {
  Open();
  auto client = Connect();
  client->Say(kGet);
  auto& call = Call();
  bool drained = false;
  acceptor_->Drain([&] { drained = true; });
  TurnUntilQuiet(loop_);
  EXPECT_FALSE(drained);

  http::ResponseHead head = Ok();
  head.content_length = 3;
  call.stream->SendResponse(head, false);
  call.stream->SendData("end", true);
  EXPECT_TRUE(client->Hears("end"));
  EXPECT_THAT(client->heard, HasSubstr("connection: close"));
  EXPECT_TRUE(TurnUntil(loop_, [&] { return drained; }));
}

TEST_F(AcceptorTest, DrainingClosesIdleConnectionsAndTakesNoNewOnes) {
  Open();
  Address address = acceptor_->local();
  auto client = Connect();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return acceptor_->connections() == 1; }));
  bool drained = false;
  acceptor_->Drain([&] { drained = true; });
  EXPECT_TRUE(client->HearsTheEnd());
  EXPECT_TRUE(TurnUntil(loop_, [&] { return drained; }));
  EXPECT_EQ(Peer::Connect(loop_, address), nullptr);
}

TEST_F(AcceptorTest, DrainingWithoutConnectionsIsDoneAtOnce) {
  Open();
  bool drained = false;
  acceptor_->Drain([&] { drained = true; });
  EXPECT_FALSE(drained);
  EXPECT_TRUE(TurnUntil(loop_, [&] { return drained; }));
}

// --- HTTPS ------------------------------------------------------------------

class HttpsAcceptorTest : public AcceptorTest {
 protected:
  HttpsAcceptorTest() {
    auto now = std::chrono::duration_cast<std::chrono::seconds>(
        loop_.WallNow().time_since_epoch());
    pem_ = pki_.Issue({.hosts = {"IP:127.0.0.1"},
                       .not_before = now - std::chrono::hours(1),
                       .not_after = now + std::chrono::hours(1)});
    pem_.trust.clear();
    tls_ = *net::WebTls::Make(net::WebTls::End::kServer, loop_, pem_, {});
    roots_ = *net::WebTls::Make(net::WebTls::End::kClient, loop_,
                                {"", "", pki_.root_pem()}, {});
    Open({.address = *Address::Parse("127.0.0.1:0"), .tls = tls_.get()});
    net::WebClientOptions options;
    options.targets = {
        *net::WebTarget::Parse("https://" + acceptor_->local().ToString())};
    options.tls = roots_.get();
    web_ = std::make_unique<net::WebClient>(loop_, std::move(options));
  }
  // Asks, answers as the nth call; what came of it.
  StatusOr<http::WebAnswer> Ask(size_t n) {
    std::optional<StatusOr<http::WebAnswer>> answer;
    http::WebRequest request;
    request.head.method = "GET";
    request.head.path = "/mutate";
    http::Ask ask(*web_, loop_, std::move(request), {},
                  [&](StatusOr<http::WebAnswer> came) { answer = came; });
    auto& call = Call(n);
    EXPECT_EQ(call.head.scheme, "https");
    http::ResponseHead head = Ok();
    call.stream->SendResponse(head, false);
    call.stream->SendData("patched", true);
    EXPECT_TRUE(TurnUntil(loop_, [&] { return answer.has_value(); }));
    return *answer;
  }

  test::TestPki pki_;
  net::IdentityFiles pem_;
  std::unique_ptr<net::WebTls> tls_;
  std::unique_ptr<net::WebTls> roots_;
  std::unique_ptr<net::WebClient> web_;
};

TEST_F(HttpsAcceptorTest, ServesHttpsWhereItHasACertificate) {
  auto answer = Ask(1);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "patched");
}

TEST_F(HttpsAcceptorTest, WhoeverSpeaksPlainHttpThereIsSentAway) {
  auto client = Connect();
  client->Say(kGet);
  EXPECT_TRUE(client->HearsTheEnd());
  EXPECT_TRUE(handler_.calls.empty());
  EXPECT_EQ(acceptor_->connections(), 0u);
}

TEST_F(HttpsAcceptorTest, ARenewedCertificateServesTheNextConnection) {
  ASSERT_TRUE(Ask(1).ok());
  test::TestPki others;
  auto now = std::chrono::duration_cast<std::chrono::seconds>(
      loop_.WallNow().time_since_epoch());
  net::IdentityFiles renewed =
      others.Issue({.hosts = {"IP:127.0.0.1"},
                    .not_before = now - std::chrono::hours(1),
                    .not_after = now + std::chrono::hours(1)});
  renewed.trust.clear();
  ASSERT_TRUE(tls_->Replace(renewed, {}).ok());
  EXPECT_TRUE(Ask(2).ok());  // on the connection that stands
  EXPECT_EQ(acceptor_->connections(), 1u);

  ASSERT_TRUE(roots_->Replace({"", "", others.root_pem()}, {}).ok());
  EXPECT_TRUE(Ask(3).ok());
}

TEST_F(AcceptorTest, ItsEndResetsWhatIsOpen) {
  Open();
  auto client = Connect();
  client->Say(kGet);
  auto& call = Call();
  acceptor_.reset();
  EXPECT_TRUE(call.log.reset.has_value());
  TurnUntilQuiet(loop_);
}

}  // namespace
}  // namespace herald::listener
