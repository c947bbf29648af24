// SPDX-License-Identifier: Apache-2.0
//
// The mesh over TCP, with real sockets on loopback: calls pass, and whoever
// QUIC's door refuses is refused at this one too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "core/net/asio_loop.h"
#include "sidecar/transport/stream_fall_back.h"
#include "sidecar/transport/stream_server.h"
#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using ::testing::HasSubstr;

// Certificates of the test CA are good around the fake epoch; the real clock
// is elsewhere.
net::IdentityPtr IdentityNow(const test::TestPki& pki, const char* id,
                             WallTime now) {
  test::LeafOptions o{.uris = {id}};
  auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  o.not_before = seconds - std::chrono::hours(1);
  o.not_after = seconds + std::chrono::hours(1);
  return *net::Identity::FromPem(pki.Issue(o), {"c", "k", "t"}, now);
}

struct Recorded final : FallBackEvents {
  void OnFallBackReady(FallBack&) override { ready = true; }
  void OnFallBackSettled(FallBack&) override { ++settled; }
  void OnFallBackOver(FallBack&, const std::string& reason) override {
    over = true;
    why = reason;
    fall_back.reset();
  }
  bool ready = false;
  bool over = false;
  int settled = 0;
  std::string why;
  std::unique_ptr<FallBack> fall_back;
};

// Wraps a link made of any session, for clients that are not ours.
struct Raw final : StreamLinkEvents {
  void OnStreamReady(StreamLink&) override { ready = true; }
  void OnStreamSettled(StreamLink&) override {}
  void OnStreamOver(StreamLink& over) override {
    why = over.why();
    link.reset();
  }
  bool ready = false;
  std::string why;
  std::unique_ptr<net::Dial> dial;
  std::unique_ptr<StreamLink> link;
};

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() { handler.keep_body = false; }
  ~StreamTest() override { handler.calls.clear(); }
  static std::unique_ptr<net::TlsContext> Context(net::IdentityPtr identity,
                                                  net::TlsContext::End end,
                                                  EventLoop& loop) {
    return *net::TlsContext::Make(std::move(identity), end, loop);
  }
  template <typename Done>
  bool Until(Done done) {
    for (int i = 0; i < 200'000 && !done(); ++i) {
      loop.RunTurn(std::chrono::milliseconds(10));
    }
    return done();
  }
  discovery::Endpoint Peer(const char* identity) const {
    discovery::Endpoint peer;
    peer.name = "summarizer-fra";
    peer.address = server->local();
    peer.identity = identity;
    return peer;
  }
  // Why the client's fall-back ended, or "up".
  std::string Outcome(const net::TlsContext& tls,
                      const char* expected = kSummarizer) {
    client.fall_back =
        std::make_unique<StreamFallBack>(loop, tls, Peer(expected), client);
    Until([&] { return client.ready || client.over; });
    return client.ready ? "up" : client.why;
  }
  std::string OutcomeOf(SSL* session) {
    raw.dial = std::make_unique<net::Dial>(
        loop, server->local(), std::chrono::seconds(3),
        [this, session](StatusOr<net::UniqueFd> fd) {
          raw.link = std::make_unique<StreamLink>(
              StreamLink::Setup{
                  .loop = loop, .fd = *std::move(fd), .session = session},
              raw);
        });
    Until([&] { return raw.ready || !raw.why.empty(); });
    return raw.ready ? "up" : raw.why;
  }
  uint64_t Failed() {
    Until([&] { return server->connections() == 0; });
    return metrics
        .counter("herald_mesh_tcp_handshakes_total", "", "result=\"failed\"")
        .value();
  }

  net::AsioLoop loop;
  test::TestPki pki;
  Metrics metrics;
  NullLog log;
  RecordingHandler handler;
  std::unique_ptr<net::TlsContext> server_tls =
      Context(IdentityNow(pki, kSummarizer, loop.WallNow()),
              net::TlsContext::End::kServer, loop);
  std::unique_ptr<net::TlsContext> client_tls =
      Context(IdentityNow(pki, kPlanner, loop.WallNow()),
              net::TlsContext::End::kClient, loop);
  std::unique_ptr<StreamServer> server =
      *StreamServer::Open({loop, *server_tls, handler, metrics, log}, {},
                          *Address::Parse("127.0.0.1:0"));
  Recorded client;
  Raw raw;
};

TEST_F(StreamTest, CarriesABigBodyAndItsAnswerWithBothIdentitiesProven) {
  constexpr uint64_t kTotal = 8 << 20;
  handler.answer = [](RecordingHandler::Call& call) {
    call.ear.stream->SendResponse(http::ResponseHead{}, false);
    call.ear.stream->SendData("got it", true);
  };
  ASSERT_EQ(Outcome(*client_tls), "up");
  Ear ear;
  ear.stream = client.fall_back->Open(TestPair::Post("/"), false, &ear);
  uint64_t given = 0;
  ASSERT_TRUE(Until([&] {
    while (given < kTotal && given - ear.sent < (512 << 10)) {
      given += 64 << 10;
      ear.stream->SendData(std::string(64 << 10, 'x'), given == kTotal);
    }
    return ear.done() && handler.calls[0]->ear.done();
  })) << client.why;
  EXPECT_EQ(ear.body, "got it");
  EXPECT_EQ(handler.calls[0]->identity, kPlanner);
  EXPECT_EQ(handler.calls[0]->ear.body_bytes, kTotal);
}

TEST_F(StreamTest, RequestLetGoIsRefused) {
  handler.refuse = true;
  ASSERT_EQ(Outcome(*client_tls), "up");
  Ear ear;
  ear.stream = client.fall_back->Open(TestPair::Get("/"), true, &ear);
  ASSERT_TRUE(Until([&] { return ear.done(); }));
  EXPECT_EQ(ear.reset, http::Reset::kRefused);
}

TEST_F(StreamTest, DrainingServerFinishesWhatIsOpen) {
  ASSERT_EQ(Outcome(*client_tls), "up");
  Ear ear;
  ear.stream = client.fall_back->Open(TestPair::Get("/slow"), true, &ear);
  ASSERT_TRUE(Until([&] { return !handler.calls.empty(); }));
  server->Drain();
  ASSERT_TRUE(Until([&] { return !client.fall_back->CanOpen(); }));
  handler.calls[0]->ear.stream->SendResponse({.status = 200}, true);
  ASSERT_TRUE(Until([&] { return ear.done(); }));
  EXPECT_FALSE(ear.reset);
  ear.stream.reset();
  EXPECT_TRUE(Until([&] { return client.over; }));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(StreamTest, PeerThatDiesTakesItsCallsAlong) {
  ASSERT_EQ(Outcome(*client_tls), "up");
  Ear ear;
  ear.stream = client.fall_back->Open(TestPair::Get("/slow"), true, &ear);
  ASSERT_TRUE(Until([&] { return !handler.calls.empty(); }));
  handler.calls.clear();
  server.reset();
  ASSERT_TRUE(Until([&] { return client.over; }));
  EXPECT_TRUE(ear.reset.has_value());
}

TEST_F(StreamTest, NobodyThereSaysSo) {
  discovery::Endpoint peer = Peer(kSummarizer);
  server.reset();
  client.fall_back =
      std::make_unique<StreamFallBack>(loop, *client_tls, peer, client);
  ASSERT_TRUE(Until([&] { return client.over; }));
  EXPECT_THAT(client.why, HasSubstr("cannot connect to 127.0.0.1:"));
}

// --- Who is refused.

TEST_F(StreamTest, ClientRefusesAnotherAgentsName) {
  EXPECT_THAT(Outcome(*client_tls, "spiffe://acme.example/agent/other"),
              HasSubstr("not spiffe://acme.example/agent/other"));
  EXPECT_EQ(Failed(), 1u);
}

TEST_F(StreamTest, PeersOfDifferentRootsRefuseEachOther) {
  test::TestPki other;
  auto tls = Context(IdentityNow(other, kPlanner, loop.WallNow()),
                     net::TlsContext::End::kClient, loop);
  EXPECT_THAT(Outcome(*tls), HasSubstr("the peer's certificate"));
  EXPECT_EQ(Failed(), 1u);
}

// A client that would accept anybody's server, showing this certificate.
SSL* Lax(SSL_CTX* lax, const net::Identity* identity, const char* alpn) {
  if (identity != nullptr) {
    SSL_CTX_use_certificate(lax, identity->leaf());
    SSL_CTX_use_PrivateKey(lax, identity->key());
  }
  SSL* session = SSL_new(lax);
  SSL_set_connect_state(session);
  SSL_set_alpn_protos(session, reinterpret_cast<const unsigned char*>(alpn), 3);
  return session;
}

TEST_F(StreamTest, ServerRefusesStrangers) {
  auto good = IdentityNow(pki, kPlanner, loop.WallNow());
  auto foreign =
      IdentityNow(pki, "spiffe://other.example/agent/x", loop.WallNow());
  struct Case {
    const char* who;
    const net::Identity* identity;
    const char* alpn;
  };
  uint64_t refused = 0;
  for (const Case& c : {Case{"no certificate", nullptr, "\x02h2"},
                        {"another trust domain", foreign.get(), "\x02h2"},
                        {"another protocol", good.get(), "\x02h3"}}) {
    SCOPED_TRACE(c.who);
    raw.ready = false;
    raw.why.clear();
    SSL_CTX* lax = SSL_CTX_new(TLS_client_method());
    EXPECT_NE(OutcomeOf(Lax(lax, c.identity, c.alpn)), "up");
    EXPECT_EQ(Failed(), ++refused);
    SSL_CTX_free(lax);
  }
  EXPECT_TRUE(handler.calls.empty());
}

TEST_F(StreamTest, WhoIsTrustedNoMoreIsCutOffByEitherEnd) {
  const test::TestPki other;
  for (net::TlsContext* judge : {server_tls.get(), client_tls.get()}) {
    const net::IdentityPtr before =
        IdentityNow(pki, judge == server_tls.get() ? kSummarizer : kPlanner,
                    loop.WallNow());
    client.ready = client.over = false;
    ASSERT_EQ(Outcome(*client_tls), "up");
    ASSERT_TRUE(judge->Replace(before).ok());  // renewed: still trusted
    server->Review(loop.WallNow());
    client.fall_back->Review(loop.WallNow());
    EXPECT_TRUE(client.fall_back->CanOpen());
    ASSERT_TRUE(judge->Replace(before->WithoutTrust()).ok());
    server->Review(loop.WallNow());
    client.fall_back->Review(loop.WallNow());
    EXPECT_TRUE(Until([&] { return client.over; }));
    EXPECT_TRUE(Until([&] { return server->connections() == 0; }));
    ASSERT_TRUE(judge->Replace(before).ok());
  }
}

TEST_F(StreamTest, WhoseCertificateEndsIsLetGo) {
  ASSERT_EQ(Outcome(*client_tls), "up");
  server->Review(loop.WallNow() + std::chrono::minutes(59));
  EXPECT_EQ(server->connections(), 1u);
  server->Review(loop.WallNow() + std::chrono::hours(2));
  EXPECT_TRUE(Until([&] { return client.over; }));
}

TEST_F(StreamTest, StrangerWhoSaysNothingIsSentAwayAfterThreeSeconds) {
  bool connected = false;
  std::unique_ptr<net::UniqueFd> held;
  net::Dial dial(loop, server->local(), std::chrono::seconds(3),
                 [&](StatusOr<net::UniqueFd> fd) {
                   held = std::make_unique<net::UniqueFd>(*std::move(fd));
                   connected = true;
                 });
  ASSERT_TRUE(Until([&] { return connected && server->connections() == 1; }));
  ASSERT_TRUE(Until([&] { return server->connections() == 0; }));
  EXPECT_EQ(Failed(), 1u);
}

}  // namespace
}  // namespace herald::transport
