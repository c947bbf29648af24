// SPDX-License-Identifier: Apache-2.0
//
// Who gets in, and what a stranger can make the door cost.
#include "sidecar/transport/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using ::testing::HasSubstr;

// Connects and returns why the client's link ended, or "up".
std::string Outcome(TestPair& pair, const std::string& expected = kSummarizer) {
  pair.Start();
  pair.Connect(expected);
  pair.loop.RunUntil([&] { return pair.client.ready || !pair.client.link; });
  return pair.client.ready ? "up" : pair.client.why;
}

// A client identity loaded while it was good, met at a bad time or place.
net::IdentityPtr Loaded(const net::IdentityFiles& pem, WallTime at) {
  auto identity = net::Identity::FromPem(pem, {"c", "k", "t"}, at);
  EXPECT_TRUE(identity.ok()) << identity.status();
  return identity.ok() ? *identity : nullptr;
}

uint64_t Failed(TestPair& pair) {
  return pair.metrics_b
      .counter("herald_mesh_handshakes_total", "", "result=\"failed\"")
      .value();
}

TEST(ServerTest, LetsInAPeerOfTheTrustDomain) {
  TestPair pair;
  EXPECT_EQ(Outcome(pair), "up");
  EXPECT_EQ(pair.server->connections(), 1u);
}

TEST(ServerTest, ClientRefusesAnotherAgentsName) {
  TestPair pair;
  EXPECT_THAT(Outcome(pair, "spiffe://acme.example/agent/other"),
              HasSubstr("the peer is spiffe://acme.example/agent/summarizer, "
                        "not spiffe://acme.example/agent/other"));
  pair.loop.RunFor(std::chrono::seconds(1));
  EXPECT_EQ(Failed(pair), 1u);
}

TEST(ServerTest, RefusesAClientWithoutACertificate) {
  TestPair pair;
  pair.Start();
  SSL_CTX* bare = SSL_CTX_new(TLS_client_method());
  SSL* session = SSL_new(bare);
  SSL_set_connect_state(session);
  const unsigned char alpn[] = {2, 'h', '3'};
  SSL_set_alpn_protos(session, alpn, sizeof alpn);
  pair.client.link = &pair.endpoint_a->Connect(pair.socket_b->local(), session,
                                               {}, pair.client);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return !pair.client.link; }));
  EXPECT_FALSE(pair.client.ready);
  // certificate_required, RFC 8446 §6.2.
  EXPECT_THAT(pair.client.why, HasSubstr("TLS alert 116"));
  EXPECT_EQ(Failed(pair), 1u);
  SSL_CTX_free(bare);
}

TEST(ServerTest, RefusesAPeerOfAnotherRoot) {
  TestPair pair;
  test::TestPki other;
  pair.client_identity = other.Make(kPlanner);
  EXPECT_THAT(Outcome(pair), HasSubstr("the peer's certificate"));
}

TEST(ServerTest, RefusesAnotherTrustDomainOfTheSameRoot) {
  TestPair pair;
  pair.client_identity = pair.pki.Make("spiffe://other.example/agent/x");
  pair.server_identity = pair.pki.Make(kSummarizer);
  // The client sees it first: the server is of another domain for it.
  EXPECT_THAT(Outcome(pair), HasSubstr("of another trust domain"));
}

TEST(ServerTest, ServerRefusesAnotherTrustDomainToo) {
  TestPair pair;
  pair.Start();
  // A client that would accept anybody's server.
  net::IdentityFiles pem = pair.pki.Issue("spiffe://other.example/agent/x");
  net::IdentityPtr identity = Loaded(pem, WallTime(test::FakeLoop::kEpoch));
  SSL_CTX* lax = SSL_CTX_new(TLS_client_method());
  SSL_CTX_use_certificate(lax, identity->leaf());
  SSL_CTX_use_PrivateKey(lax, identity->key());
  SSL* session = SSL_new(lax);
  SSL_set_connect_state(session);
  const unsigned char alpn[] = {2, 'h', '3'};
  SSL_set_alpn_protos(session, alpn, sizeof alpn);
  pair.client.link = &pair.endpoint_a->Connect(pair.socket_b->local(), session,
                                               {}, pair.client);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return !pair.client.link; }));
  EXPECT_FALSE(pair.client.ready);
  EXPECT_THAT(pair.client.why, HasSubstr("the peer refused our certificate"));
  SSL_CTX_free(lax);
}

TEST(ServerTest, RefusesAnExpiredPeer) {
  TestPair pair;
  test::LeafOptions o{.uris = {kPlanner}};
  o.not_after = test::FakeLoop::kEpoch - std::chrono::seconds(10);
  o.not_before = o.not_after - std::chrono::hours(1);
  pair.client_identity = Loaded(pair.pki.Issue(o), WallTime(o.not_before));
  EXPECT_THAT(Outcome(pair), HasSubstr("TLS alert 45"));  // expired
}

TEST(ServerTest, RefusesALeafMarkedAsCa) {
  TestPair pair;
  pair.Start();
  net::IdentityFiles pem =
      pair.pki.Issue(test::LeafOptions{.uris = {kPlanner}, .ca = true});
  SSL_CTX* lax = SSL_CTX_new(TLS_client_method());
  test::UsePem(lax, pem);
  SSL* session = SSL_new(lax);
  SSL_set_connect_state(session);
  const unsigned char alpn[] = {2, 'h', '3'};
  SSL_set_alpn_protos(session, alpn, sizeof alpn);
  pair.client.link = &pair.endpoint_a->Connect(pair.socket_b->local(), session,
                                               {}, pair.client);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return !pair.client.link; }));
  EXPECT_FALSE(pair.client.ready);
  EXPECT_EQ(Failed(pair), 1u);
  SSL_CTX_free(lax);
}

TEST(ServerTest, RefusesAnotherProtocol) {
  TestPair pair;
  pair.Start();
  SSL* session = pair.tls_a->NewSession(kSummarizer);
  const unsigned char alpn[] = {2, 'h', 'q'};
  SSL_set_alpn_protos(session, alpn, sizeof alpn);
  pair.client.link = &pair.endpoint_a->Connect(pair.socket_b->local(), session,
                                               {}, pair.client);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return !pair.client.link; }));
  EXPECT_FALSE(pair.client.ready);
  // no_application_protocol, RFC 7301.
  EXPECT_THAT(pair.client.why, HasSubstr("TLS alert 120"));
}

TEST(ServerTest, AsksForAProofOfAddressWhenManyAreHalfOpen) {
  TestPair pair;
  pair.server_options.max_half_open = 0;
  EXPECT_EQ(Outcome(pair), "up");
  // The hybrid key exchange takes two first packets, each of which is asked.
  EXPECT_GE(pair.metrics_b.counter("herald_mesh_retries_total", "").value(),
            1u);
}

TEST(ServerTest, TokenOfAnEarlierConnectionIsProofEnough) {
  TestPair pair;
  EXPECT_EQ(Outcome(pair), "up");
  pair.loop.RunFor(std::chrono::milliseconds(100));
  ASSERT_FALSE(pair.client.token.empty());
  // The same server, now wary.
  pair.server.reset();
  pair.loop.RunFor(std::chrono::seconds(1));
  ServerOptions wary;
  wary.max_half_open = 0;
  pair.server = std::make_unique<Server>(
      Server::Parts{pair.loop, *pair.endpoint_b, *pair.tls_b, pair.handler,
                    pair.metrics_b, pair.log},
      wary);
  pair.client.ready = false;
  pair.Connect();
  pair.loop.RunUntil([&] { return pair.client.ready || !pair.client.link; });
  EXPECT_TRUE(pair.client.ready) << pair.client.why;
  EXPECT_EQ(pair.metrics_b.counter("herald_mesh_retries_total", "").value(),
            0u);
}

TEST(ServerTest, SendsAStrangerAtMostThreeTimesWhatItGot) {
  TestPair pair;
  uint64_t in = 0;
  uint64_t out = 0;
  pair.network.SetTap([&](const Address& from, const Address&,
                          std::span<const uint8_t> datagram) {
    (from.port() == 443 ? out : in) += datagram.size();
  });
  pair.Start();
  // The client hears nothing, so its address is never proven. Its repeats
  // count as received, as they should.
  pair.network.link(kServerAddress, kClientAddress).cut = true;
  pair.Connect();
  pair.loop.RunFor(std::chrono::seconds(10));
  EXPECT_GT(out, 1200u);
  EXPECT_LE(out, 3 * in);
}

TEST(ServerTest, AnswersAnUnknownVersionWithTheOneItSpeaks) {
  TestPair pair;
  pair.Start();
  std::vector<uint8_t> packet(1200, 0);
  const uint8_t header[] = {0xc0, 0xba, 0xba, 0xba, 0xba, 8, 1, 2,
                            3,    4,    5,    6,    7,    8, 0};
  std::copy(std::begin(header), std::end(header), packet.begin());
  pair.socket_a->Send({pair.socket_a->local(), pair.socket_b->local()}, packet,
                      packet.size(), net::Ecn::kNotEct);
  packet.resize(600);  // too short to be answered
  pair.socket_a->Send({pair.socket_a->local(), pair.socket_b->local()}, packet,
                      packet.size(), net::Ecn::kNotEct);
  pair.loop.RunFor(std::chrono::milliseconds(10));
  EXPECT_EQ(pair.metrics_b.counter("herald_mesh_version_negotiations_total", "")
                .value(),
            1u);
}

TEST(ServerTest, TellsAPeerOfAForgottenConnectionSo) {
  TestPair pair;
  EXPECT_EQ(Outcome(pair), "up");
  pair.loop.RunFor(std::chrono::milliseconds(100));
  // The process restarts: same address and, as a file would keep it, none of
  // the connections.
  pair.network.link(kServerAddress, kClientAddress).cut = true;
  pair.server.reset();
  pair.loop.RunFor(std::chrono::milliseconds(100));
  pair.network.link(kServerAddress, kClientAddress).cut = false;
  auto ear = pair.Open(TestPair::Get("/"), true);
  ASSERT_TRUE(
      pair.loop.RunUntil([&] { return ear->done(); }, std::chrono::seconds(2)));
  EXPECT_EQ(ear->reset, http::Reset::kLost);
}

TEST(ServerTest, DrainsWithoutLosingACall) {
  TestPair pair;
  EXPECT_EQ(Outcome(pair), "up");
  auto ear = pair.Open(TestPair::Post("/slow"), false);
  pair.loop.RunUntil([&] { return !pair.handler.calls.empty(); });
  pair.server->Drain();
  pair.loop.RunFor(std::chrono::milliseconds(100));
  EXPECT_FALSE(pair.client.link->CanOpen());
  EXPECT_GT(pair.client.capacity, 0);

  auto& call = *pair.handler.calls[0];
  ear->stream->SendData("the end", true);
  call.ear.stream->SendResponse(http::ResponseHead{}, true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }));
  EXPECT_FALSE(ear->reset);
  call.ear.stream.reset();
  ear.reset();
  EXPECT_TRUE(
      pair.loop.RunUntil([&] { return pair.server->connections() == 0; }));
}

TEST(ServerTest, RefusesWhatCrossesItsGoaway) {
  TestPair pair;
  EXPECT_EQ(Outcome(pair), "up");
  auto first = pair.Open(TestPair::Post("/first"), false);
  pair.loop.RunUntil([&] { return !pair.handler.calls.empty(); });
  // The client does not hear of the drain before it opens more.
  pair.network.link(kServerAddress, kClientAddress).delay =
      std::chrono::milliseconds(500);
  pair.server->Drain();
  pair.loop.RunFor(std::chrono::milliseconds(200));
  auto late = pair.Open(TestPair::Get("/late"), true);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return late->done(); }));
  EXPECT_EQ(late->reset, http::Reset::kRefused);
  EXPECT_EQ(pair.handler.calls.size(), 1u);
}

}  // namespace
}  // namespace herald::transport
