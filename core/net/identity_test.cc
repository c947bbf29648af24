// SPDX-License-Identifier: Apache-2.0
#include "core/net/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <fstream>

#include "tests/support/test_pki.h"

namespace herald::net {
namespace {

using test::FakeLoop;
using test::LeafOptions;
using test::TestPki;
using ::testing::HasSubstr;

constexpr char kId[] = "spiffe://acme.example/agent/planner";
const WallTime kNow(FakeLoop::kEpoch);
const IdentityFiles kNames = {"p.crt", "p.key", "ca.crt"};

std::string Refusal(const IdentityFiles& pem, WallTime now = kNow) {
  auto identity = Identity::FromPem(pem, kNames, now);
  return identity.ok() ? "accepted" : Message(identity.status());
}

TEST(IdentityTest, LoadsAGoodTriple) {
  auto identity = Identity::FromPem(TestPki().Issue(kId), kNames, kNow);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ((*identity)->id().text(), kId);
  EXPECT_EQ((*identity)->not_after(), kNow + std::chrono::hours(24));
}

TEST(IdentityTest, NamesAMissingFile) {
  auto identity = Identity::Load({"/no/such/p.crt", "/k", "/t"}, kNow);
  EXPECT_THAT(Message(identity.status()),
              HasSubstr("/no/such/p.crt: cannot be read: No such file"));
}

TEST(IdentityTest, NamesTheFileThatIsNotPem) {
  IdentityFiles pem = TestPki().Issue(kId);
  IdentityFiles bad = pem;
  bad.certificate = "hello";
  EXPECT_THAT(Refusal(bad), HasSubstr("p.crt: is not a PEM certificate"));
  bad = pem;
  bad.key = "hello";
  EXPECT_THAT(Refusal(bad), HasSubstr("p.key: is not a PEM private key"));
  bad = pem;
  bad.trust = "";
  EXPECT_THAT(Refusal(bad), HasSubstr("ca.crt: is not a PEM certificate"));
}

TEST(IdentityTest, RefusesAKeyOfAnotherCertificate) {
  TestPki pki;
  IdentityFiles pem = pki.Issue(kId);
  pem.key = pki.Issue(kId).key;
  EXPECT_THAT(Refusal(pem),
              HasSubstr("p.key: does not belong to the certificate in p.crt"));
}

TEST(IdentityTest, SaysWhenACertificateExpired) {
  EXPECT_THAT(Refusal(TestPki().Issue(kId), kNow + std::chrono::hours(25)),
              HasSubstr("p.crt: expired on 2026-01-02 00:00:00 UTC"));
  EXPECT_THAT(Refusal(TestPki().Issue(kId), kNow - std::chrono::hours(2)),
              HasSubstr("p.crt: is not valid before 2025-12-31 23:00:00 UTC"));
}

TEST(IdentityTest, WantsExactlyOneUriWhichIsASpiffeId) {
  TestPki pki;
  EXPECT_THAT(Refusal(pki.Issue(LeafOptions{})), HasSubstr("has no URI"));
  EXPECT_THAT(Refusal(pki.Issue(LeafOptions{.uris = {kId, "urn:two"}})),
              HasSubstr("has 2 URIs"));
  EXPECT_THAT(Refusal(pki.Issue("https://acme.example/planner")),
              HasSubstr("which is not a SPIFFE id"));
}

TEST(IdentityTest, RefusesALeafMarkedAsCa) {
  EXPECT_THAT(Refusal(TestPki().Issue(LeafOptions{.uris = {kId}, .ca = true})),
              HasSubstr("p.crt: is marked as a CA"));
}

TEST(IdentityTest, RefusesALeafOfAnotherRoot) {
  IdentityFiles pem = TestPki().Issue(kId);
  pem.trust = TestPki().root_pem();
  EXPECT_THAT(Refusal(pem),
              HasSubstr("p.crt: was not issued by the trust in ca.crt"));
}

TEST(IdentityTest, DerIsReadAsPemIs) {
  TestPki pki;
  const IdentityFiles der = test::ToDer(pki.Issue(kId));
  auto identity = Identity::FromDer(der, kNames, kNow);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ((*identity)->id().text(), kId);
  IdentityFiles cut = der;
  cut.certificate.pop_back();
  EXPECT_THAT(Message(Identity::FromDer(cut, kNames, kNow).status()),
              HasSubstr("p.crt: holds a damaged certificate after number 0"));
  cut = der;
  cut.key = "no key";
  EXPECT_THAT(Message(Identity::FromDer(cut, kNames, kNow).status()),
              HasSubstr("p.key: is not a private key"));
  cut = der;
  cut.trust = "";
  EXPECT_THAT(Message(Identity::FromDer(cut, kNames, kNow).status()),
              HasSubstr("ca.crt: holds no certificate"));
}

TEST(IdentityTest, OneWithoutTrustShowsTheSameAndBelievesNobody) {
  TestPki pki;
  const IdentityPtr identity = pki.Make(kId);
  const IdentityPtr alone = identity->WithoutTrust();
  EXPECT_EQ(alone->id().text(), kId);
  EXPECT_EQ(alone->leaf(), identity->leaf());
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(alone->trust())), 0);
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(identity->trust())), 1);
}

}  // namespace
}  // namespace herald::net
