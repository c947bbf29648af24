// SPDX-License-Identifier: Apache-2.0
//
// The same transport over real sockets on loopback, on the real loop.
#include <gtest/gtest.h>

#include "core/net/asio_loop.h"
#include "core/net/udp.h"
#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

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

// To a server that is bound to `bound` and called at `called`, hosts both.
void CarryABody(uint64_t total, const std::string& bound,
                const std::string& called) {
  net::AsioLoop loop;
  test::TestPki pki;
  Metrics metrics;
  NullLog log;
  TransportOptions options;
  RecordingHandler handler;
  handler.keep_body = false;
  handler.answer = [](RecordingHandler::Call& call) {
    call.ear.stream->SendResponse(http::ResponseHead{}, false);
    call.ear.stream->SendData("got it", true);
  };
  auto server_socket =
      *net::UdpSocket::Bind(loop, *Address::Parse(bound + ":0"));
  auto client_socket =
      *net::UdpSocket::Bind(loop, *Address::Parse("127.0.0.1:0"));
  const Address at =
      Address::Parse(called + ":0")->WithPort(server_socket->local().port());
  auto server_tls =
      *net::TlsContext::Make(IdentityNow(pki, kSummarizer, loop.WallNow()),
                             net::TlsContext::End::kServer, loop);
  auto client_tls =
      *net::TlsContext::Make(IdentityNow(pki, kPlanner, loop.WallNow()),
                             net::TlsContext::End::kClient, loop);
  UdpEndpoint server_end(loop, *server_socket, options, metrics);
  Server server({loop, server_end, *server_tls, handler, metrics, log},
                ServerOptions{});
  UdpEndpoint client_end(loop, *client_socket, options, metrics);
  RecordingLink client;
  client.link =
      &client_end.Connect(at, client_tls->NewSession(kSummarizer), {}, client);
  auto turns_until = [&](auto done) {
    for (int i = 0; i < 200'000 && !done(); ++i) {
      loop.RunTurn(std::chrono::milliseconds(10));
    }
    return done();
  };
  ASSERT_TRUE(turns_until([&] { return client.ready || !client.link; }));
  ASSERT_TRUE(client.ready) << client.why;

  Ear ear;
  ear.stream = client.link->Open(TestPair::Post("/"), false, &ear);
  uint64_t given = 0;
  ASSERT_TRUE(turns_until([&] {
    while (given < total && given - ear.sent < (512 << 10)) {
      given += 64 << 10;
      ear.stream->SendData(std::string(64 << 10, 'x'), given == total);
    }
    return ear.done() && handler.calls[0]->ear.done();
  })) << client.why;
  EXPECT_EQ(ear.body, "got it");
  EXPECT_EQ(handler.calls[0]->ear.body_bytes, total);
  ear.stream.reset();
  handler.calls.clear();
  client.link->Leave();
}

TEST(RealUdpTest, CarriesABigBodyOverLoopback) {
  CarryABody(8 << 20, "127.0.0.1", "127.0.0.1");
}

// All of 127.0.0.0/8 is this machine's; from another address than the one that
// was called no answer would be taken.
TEST(RealUdpTest, AServerOnAllAddressesAnswersFromEach) {
  CarryABody(1 << 20, "0.0.0.0", "127.0.0.7");
}

}  // namespace
}  // namespace herald::transport
