// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: a server and a client of it on a network in
// memory and a virtual clock, and what each saw.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/tls.h"
#include "sidecar/transport/server.h"
#include "sidecar/transport/udp_endpoint.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_network.h"
#include "tests/support/test_pki.h"

namespace herald::transport {

inline constexpr char kPlanner[] = "spiffe://acme.example/agent/planner";
inline constexpr char kSummarizer[] = "spiffe://acme.example/agent/summarizer";
inline constexpr char kServerAddress[] = "10.0.0.1:443";
inline constexpr char kClientAddress[] = "10.0.0.2:1024";

// One end of an exchange, writing down all it hears and giving credit at once
// unless told not to.
struct Ear final : http::StreamEvents {
  void OnResponse(http::ResponseHead got, bool end) override {
    heads.push_back(std::move(got));
    ended |= end;
  }
  void OnData(std::string_view data, bool end) override {
    if (!keep_body) {
      body_bytes += data.size();
    } else {
      body += data;
    }
    ended |= end;
    if (consume && stream) stream->Consume(data.size());
  }
  void OnTrailers(http::Headers got) override {
    trailers = std::move(got);
    ended = true;
  }
  void OnSent(size_t n) override { sent += n; }
  void OnReset(http::Reset why) override { reset = why; }

  bool done() const { return ended || reset.has_value(); }

  std::unique_ptr<http::Stream> stream;
  std::vector<http::ResponseHead> heads;
  std::string body;
  uint64_t body_bytes = 0;
  http::Headers trailers;
  size_t sent = 0;
  bool ended = false;
  bool consume = true;
  bool keep_body = true;
  std::optional<http::Reset> reset;
};

class RecordingHandler final : public call::CallHandler {
 public:
  struct Call {
    std::string identity;
    http::RequestHead head;
    Ear ear;
  };
  void OnCall(const call::Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override {
    if (refuse) return;
    auto call = std::make_unique<Call>();
    call->identity = origin.identity;
    call->head = std::move(head);
    call->ear.ended = end;
    call->ear.stream = std::move(stream);
    call->ear.consume = consume;
    call->ear.keep_body = keep_body;
    call->ear.stream->SetEvents(&call->ear);
    calls.push_back(std::move(call));
    if (answer) answer(*calls.back());
  }
  std::vector<std::unique_ptr<Call>> calls;
  std::function<void(Call&)> answer;
  bool refuse = false;
  bool consume = true;
  bool keep_body = true;
};

class RecordingLink final : public MeshLinkEvents {
 public:
  void OnLinkReady(MeshLink&) override { ready = true; }
  void OnLinkCapacity(MeshLink&) override { ++capacity; }
  void OnLinkFlushed(MeshLink&) override {}
  void OnLinkMoved(MeshLink&) override { ++moves; }
  void OnLinkToken(MeshLink&, std::span<const uint8_t> got) override {
    token.assign(got.begin(), got.end());
  }
  void OnLinkReport(MeshLink&, std::string_view packed) override {
    reports.emplace_back(packed);
  }
  void OnLinkOver(MeshLink& over) override {
    why = over.connection().why();
    link = nullptr;
  }
  MeshLink* link = nullptr;
  bool ready = false;
  int capacity = 0;
  int moves = 0;
  std::string why;
  std::vector<uint8_t> token;
  std::vector<std::string> reports;
};

// Sends `total` bytes in pieces of 64 KiB, never more than a window ahead of
// what was acknowledged: what a relay does.
struct Pump {
  void Step(Ear& ear, http::Stream& stream, uint64_t total) {
    constexpr size_t kPiece = 64 << 10;
    constexpr uint64_t kWindow = 256 << 10;
    while (given < total && given - ear.sent < kWindow) {
      size_t n = static_cast<size_t>(std::min<uint64_t>(kPiece, total - given));
      given += n;
      stream.SendData(std::string(n, 'x'), given == total);
    }
  }
  uint64_t given = 0;
};

// Both ends. A test changes what it is about before Start().
class TestPair {
 public:
  TestPair() : network(loop, 1) {}
  ~TestPair() {
    handler.calls.clear();
    if (client.link != nullptr) client.link->Leave();
  }

  void Start() {
    socket_b = network.Bind(kServerAddress);
    endpoint_b = std::make_unique<UdpEndpoint>(loop, *socket_b,
                                               server_transport, metrics_b);
    auto server_context = net::TlsContext::Make(
        server_identity ? server_identity : pki.Make(kSummarizer),
        net::TlsContext::End::kServer, loop);
    tls_b = *std::move(server_context);
    server = std::make_unique<Server>(
        Server::Parts{loop, *endpoint_b, *tls_b, handler, metrics_b, log,
                      report,
                      [this](const call::Origin& origin) {
                        moved.push_back(origin.remote.ToString());
                      }},
        server_options);
    socket_a = network.Bind(kClientAddress);
    endpoint_a = std::make_unique<UdpEndpoint>(loop, *socket_a,
                                               client_transport, metrics_a);
    auto client_context = net::TlsContext::Make(
        client_identity ? client_identity : pki.Make(kPlanner),
        net::TlsContext::End::kClient, loop);
    tls_a = *std::move(client_context);
  }

  void Connect(const std::string& expected = kSummarizer) {
    client.link = &endpoint_a->Connect(
        socket_b->local(), tls_a->NewSession(expected), client.token, client);
  }

  // Connects and waits for the handshake.
  bool Up() {
    Start();
    Connect();
    return loop.RunUntil([&] { return client.ready || !client.link; }) &&
           client.ready;
  }

  std::unique_ptr<Ear> Open(http::RequestHead head, bool end) {
    auto ear = std::make_unique<Ear>();
    ear->stream = client.link->Open(head, end, ear.get());
    return ear;
  }
  static http::RequestHead Get(const std::string& path) {
    http::RequestHead head;
    head.method = "GET";
    head.scheme = "https";
    head.authority = "summarizer.herald";
    head.path = path;
    return head;
  }
  static http::RequestHead Post(const std::string& path) {
    http::RequestHead head = Get(path);
    head.method = "POST";
    return head;
  }

  test::FakeLoop loop;
  test::FakeNetwork network;
  test::TestPki pki;
  TransportOptions client_transport;
  TransportOptions server_transport;
  ServerOptions server_options;
  net::IdentityPtr client_identity;
  net::IdentityPtr server_identity;
  Metrics metrics_a;
  Metrics metrics_b;
  NullLog log;
  RecordingHandler handler;
  LoadProbes::Reporter report;
  std::vector<std::string> moved;  // the addresses peers moved to
  RecordingLink client;
  std::unique_ptr<test::FakeSocket> socket_a;
  std::unique_ptr<test::FakeSocket> socket_b;
  std::unique_ptr<net::TlsContext> tls_a;
  std::unique_ptr<net::TlsContext> tls_b;
  std::unique_ptr<UdpEndpoint> endpoint_a;
  std::unique_ptr<UdpEndpoint> endpoint_b;
  std::unique_ptr<Server> server;
};

}  // namespace herald::transport
