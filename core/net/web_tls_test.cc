// SPDX-License-Identifier: Apache-2.0
//
// Who is let in and who is not, seen from the client's user.
#include "core/net/web_tls.h"

#include <gmock/gmock.h>

#include "core/net/web_client_testing.h"

namespace herald::net {
namespace {

using http::Protocol;
using test::WebServer;
using ::testing::AllOf;
using testing::Answer;
using testing::Get;
using ::testing::HasSubstr;
using testing::kClient;
using testing::kNames;
using testing::kServer;
using ::testing::StartsWith;
using testing::WebClientTest;

using WebTlsTest = WebClientTest;

TEST_F(WebTlsTest, ACertificateForAnotherNameIsRefused) {
  server_tls_ = *WebTls::Make(kServer, loop_, Issue({"IP:10.0.0.1"}), kNames);
  WebServer& server =
      Serve({Protocol::kHttp2, [this] { return server_tls_->NewSession(); }});
  Connect({server.Url()});
  EXPECT_THAT(Failure(),
              AllOf(StartsWith(server.Url() + ": "),
                    HasSubstr("its certificate is not for 127.0.0.1")));
  EXPECT_TRUE(server.handler.requests.empty());
}

TEST_F(WebTlsTest, ANameMayBeExpectedInPlaceOfTheHost) {
  server_tls_ =
      *WebTls::Make(kServer, loop_, Issue({"DNS:api.example"}), kNames);
  WebServer& server =
      Serve({Protocol::kHttp2, [this] { return server_tls_->NewSession(); }});
  Connect({server.Url()}, {.server_name = "api.example"});
  Ask(Get("/"));
  Asked(server);
  Connect({server.Url()}, {.server_name = "other.example"});
  EXPECT_THAT(Failure(), HasSubstr("not for other.example"));
}

TEST_F(WebTlsTest, AnExpiredCertificateIsRefused) {
  server_tls_ = *WebTls::Make(
      kServer, loop_, Issue({"IP:127.0.0.1"}, std::chrono::hours(-1)), kNames);
  WebServer& server =
      Serve({Protocol::kHttp2, [this] { return server_tls_->NewSession(); }});
  Connect({server.Url()});
  EXPECT_THAT(Failure(), HasSubstr("certificate has expired"));
}

TEST_F(WebTlsTest, ACertificateOfAnUnknownRootIsRefused) {
  test::TestPki others;
  tls_ = *WebTls::Make(kClient, loop_, Trusting(others), kNames);
  WebServer& server = ServeTls(Protocol::kHttp2);
  Connect({server.Url()});
  EXPECT_THAT(Failure(), HasSubstr("not issued by a root we trust"));
}

TEST_F(WebTlsTest, TheSystemsRootsDoNotKnowATestsCertificate) {
  tls_ = *WebTls::Make(kClient, loop_, {}, kNames);
  WebServer& server = ServeTls(Protocol::kHttp2);
  Connect({server.Url()});
  EXPECT_THAT(Failure(), HasSubstr("not issued by a root we trust"));
}

TEST_F(WebTlsTest, APlainServerIsNotTakenForATlsOne) {
  WebServer& server = Serve();
  Connect({"https://" + server.local().ToString()});
  EXPECT_THAT(Failure(), HasSubstr("does not speak TLS"));
}

TEST_F(WebTlsTest, AServerMayAskForAClientsCertificate) {
  IdentityFiles pem = Issue({"IP:127.0.0.1"});
  pem.trust = pki_.root_pem();
  server_tls_ = *WebTls::Make(kServer, loop_, pem, kNames);
  WebServer& server =
      Serve({Protocol::kHttp2, [this] { return server_tls_->NewSession(); }});
  Connect({server.Url()});
  EXPECT_THAT(Failure(), HasSubstr("certificate required"));

  pem = Issue({});
  pem.trust = pki_.root_pem();
  tls_ = *WebTls::Make(kClient, loop_, pem, kNames);
  Connect({server.Url()});
  Ask(Get("/"));
  Asked(server);
}

TEST_F(WebTlsTest, ARenewedCertificateIsShownByTheNextCall) {
  WebServer& server = ServeTls(Protocol::kHttp2);
  Connect({server.Url()});
  Answer& watch = Ask(Get("/watch"));
  Asked(server);
  ASSERT_TRUE(tls_->Replace(Trusting(pki_), kNames).ok());
  Answer& next = Ask(Get("/next"));
  server.Answer(Asked(server, 2), 200, "");
  Await(next);
  EXPECT_EQ(server.accepted, 2u);
  EXPECT_FALSE(watch.ended.has_value());  // goes on where it is
}

TEST_F(WebTlsTest, TextsThatDoNotFitChangeNothing) {
  WebServer& server = ServeTls(Protocol::kHttp2);
  Connect({server.Url()});
  IdentityFiles mixed = Issue({});
  mixed.key = Issue({}).key;
  Status refused = tls_->Replace(mixed, kNames);
  EXPECT_THAT(Message(refused), HasSubstr("web.key: does not belong"));
  EXPECT_THAT(Message(tls_->Replace({"", "", "no PEM"}, kNames)),
              HasSubstr("ca.crt: is not a PEM certificate"));
  Ask(Get("/"));
  Asked(server);
}

}  // namespace
}  // namespace herald::net
