// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the web's client share: servers on loopback, the client,
// and what came of its calls. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/net/web_client.h"
#include "tests/support/test_pki.h"
#include "tests/support/turns.h"
#include "tests/support/web_server.h"

namespace herald::net::testing {

inline constexpr WebTls::End kClient = WebTls::End::kClient;
inline constexpr WebTls::End kServer = WebTls::End::kServer;
inline const IdentityFiles kNames = {"web.crt", "web.key", "ca.crt"};

inline http::WebRequest Get(std::string path) {
  http::WebRequest request;
  request.head.method = "GET";
  request.head.path = std::move(path);
  return request;
}

inline http::WebRequest Post(std::string path, std::string body) {
  http::WebRequest request = Get(std::move(path));
  request.head.method = "POST";
  request.body = std::move(body);
  return request;
}

// What came of one call.
struct Answer final : http::WebEvents {
  void OnHead(const http::ResponseHead& head) override { status = head.status; }
  void OnBody(std::string_view piece) override { body += piece; }
  void OnTrailers(const http::Headers& fields) override { trailers = fields; }
  void OnEnd(const Status& how) override { ended = how; }
  std::string Problem() const {
    return ended && !ended->ok() ? Message(*ended) : "no problem";
  }

  int status = 0;
  std::string body;
  http::Headers trailers;
  std::optional<Status> ended;
  std::unique_ptr<http::WebCall> call;
};

class WebClientTest : public ::testing::Test {
 protected:
  test::WebServer& Serve(test::WebServer::Options options = {}) {
    servers_.push_back(
        std::make_unique<test::WebServer>(loop_, std::move(options)));
    return *servers_.back();
  }
  test::WebServer& ServeTls(http::Protocol protocol) {
    server_tls_ =
        *WebTls::Make(kServer, loop_, Issue({"IP:127.0.0.1"}), kNames);
    return Serve({protocol, [this, protocol] { return NewSession(protocol); }});
  }
  // A session that chooses HTTP/1.1 by not knowing ALPN.
  SSL* NewSession(http::Protocol protocol) {
    if (protocol == http::Protocol::kHttp2) return server_tls_->NewSession();
    old_ = {SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
    SSL_CTX_set_max_proto_version(old_.get(), TLS1_2_VERSION);
    test::UsePem(old_.get(), Issue({"IP:127.0.0.1"}));
    SSL* session = SSL_new(old_.get());
    SSL_set_accept_state(session);
    return session;
  }
  // Certificate and key, good for a day around now, unless told otherwise.
  IdentityFiles Issue(std::vector<std::string> hosts,
                      std::chrono::hours until = std::chrono::hours(24)) {
    auto now = std::chrono::duration_cast<std::chrono::seconds>(
        loop_.WallNow().time_since_epoch());
    auto pem = pki_.Issue({.hosts = std::move(hosts),
                           .not_before = now - std::chrono::hours(48),
                           .not_after = now + until});
    pem.trust.clear();
    return pem;
  }
  IdentityFiles Trusting(const test::TestPki& pki) {
    return {"", "", pki.root_pem()};
  }
  void Connect(std::vector<std::string> urls, WebClientOptions options = {}) {
    client_.reset();
    for (const std::string& url : urls) {
      options.targets.push_back(*WebTarget::Parse(url));
    }
    if (tls_ == nullptr) {
      tls_ = *WebTls::Make(kClient, loop_, Trusting(pki_), kNames);
    }
    options.tls = tls_.get();
    client_ = std::make_unique<WebClient>(loop_, std::move(options));
  }
  Answer& Ask(http::WebRequest request) {
    answers_.push_back(std::make_unique<Answer>());
    answers_.back()->call =
        client_->Start(std::move(request), *answers_.back());
    return *answers_.back();
  }
  // Waits for the nth request at that server.
  http::testing::Served& Asked(test::WebServer& server, size_t n = 1) {
    EXPECT_TRUE(test::TurnUntil(
        loop_, [&] { return server.handler.requests.size() >= n; }));
    return *server.handler.requests.at(n - 1);
  }
  void Await(Answer& answer) {
    EXPECT_TRUE(
        test::TurnUntil(loop_, [&] { return answer.ended.has_value(); }));
  }
  // One question that fails; why.
  std::string Failure() {
    Answer& answer = Ask(Get("/"));
    Await(answer);
    return answer.Problem();
  }

  AsioLoop loop_;
  test::TestPki pki_;
  std::unique_ptr<WebTls> server_tls_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> old_{nullptr, SSL_CTX_free};
  std::vector<std::unique_ptr<test::WebServer>> servers_;
  std::unique_ptr<WebTls> tls_;
  std::unique_ptr<WebClient> client_;
  std::vector<std::unique_ptr<Answer>> answers_;
};

}  // namespace herald::net::testing
