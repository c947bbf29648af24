// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace herald::crypto {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const WallTime kNow = WallTime(std::chrono::seconds(1767225600));  // 2026

SpiffeId Id(const std::string& text) { return *SpiffeId::Parse(text); }

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

CertificatePtr Parse(const std::string& pem) {
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  CertificatePtr out(PEM_read_bio_X509(in, nullptr, nullptr, nullptr),
                     X509_free);
  BIO_free(in);
  return out;
}

// "ok", or why a client or a server would refuse the leaf at that moment.
std::string Verify(const std::string& leaf, const std::string& root,
                   WallTime now, int purpose = X509_PURPOSE_SSL_SERVER) {
  const CertificatePtr leaf_certificate = Parse(leaf), top = Parse(root);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, top.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf_certificate.get(), nullptr);
  X509_VERIFY_PARAM* how = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(how, purpose);
  X509_VERIFY_PARAM_set_time(
      how,
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())
          .count());
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return X509_verify_cert_error_string(error);
}

// The certificate as `openssl x509 -text` shows it.
std::string Describe(const std::string& pem) {
  BIO* out = BIO_new(BIO_s_mem());
  X509_print(out, Parse(pem).get());
  char* text = nullptr;
  const long length = BIO_get_mem_data(out, &text);
  std::string description(text, static_cast<size_t>(length));
  BIO_free(out);
  return description;
}

class AuthorityTest : public testing::Test {
 protected:
  const CertificateAndKey root_ = *MakeAuthority("acme.example", kNow);
  const SpiffeId id_ = Id("spiffe://acme.example/agent/summarizer");
};

TEST_F(AuthorityTest, IssuesALeafForClientsAndServers) {
  auto leaf = IssueLeaf(root_, id_, kNow);
  ASSERT_TRUE(leaf.ok()) << Message(leaf.status());
  for (int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    EXPECT_EQ(Verify(leaf->certificate, root_.certificate, kNow, purpose),
              "ok");
  }
}

TEST_F(AuthorityTest, ALeafIsAnX509Svid) {
  const std::string leaf = Describe(IssueLeaf(root_, id_, kNow)->certificate);
  for (const char* part :
       {"X509v3 Basic Constraints: critical\n                CA:FALSE",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "TLS Web Server Authentication, TLS Web Client Authentication\n",
        "X509v3 Subject Alternative Name: \n",
        "                URI:spiffe://acme.example/agent/summarizer\n",
        "ASN1 OID: prime256v1"}) {
    EXPECT_THAT(leaf, HasSubstr(part));
  }
}

TEST_F(AuthorityTest, TheRootSignsLeavesOnly) {
  const std::string root = Describe(root_.certificate);
  for (const char* part :
       {"X509v3 Basic Constraints: critical\n"
        "                CA:TRUE, pathlen:0",
        "X509v3 Key Usage: critical\n                Certificate Sign, CRL "
        "Sign\n",
        "URI:spiffe://acme.example\n"}) {
    EXPECT_THAT(root, HasSubstr(part));
  }
}

TEST_F(AuthorityTest, ALeafIsGoodAlreadyForAClockThatIsBehind) {
  auto leaf = IssueLeaf(root_, id_, kNow, 24h);
  auto at = [&](WallTime now) {
    return Verify(leaf->certificate, root_.certificate, now);
  };
  EXPECT_EQ(at(kNow - 5min), "ok");
  EXPECT_EQ(at(kNow - 6min), "certificate is not yet valid");
  EXPECT_EQ(at(kNow + 24h - 1s), "ok");
  EXPECT_EQ(at(kNow + 24h + 1s), "certificate has expired");
}

TEST_F(AuthorityTest, ALeafDoesNotOutliveItsAuthority) {
  const WallTime end = kNow + kAuthorityLifetime;
  auto leaf = IssueLeaf(root_, id_, end - 24h);
  ASSERT_TRUE(leaf.ok());
  const CertificatePtr issued = Parse(leaf->certificate);
  const CertificatePtr root = Parse(root_.certificate);
  EXPECT_EQ(ASN1_TIME_compare(X509_get0_notAfter(issued.get()),
                              X509_get0_notAfter(root.get())),
            0);
  EXPECT_THAT(Message(IssueLeaf(root_, id_, end + 1s).status()),
              HasSubstr("has expired"));
}

TEST_F(AuthorityTest, AnotherAuthoritysLeafIsRefused) {
  auto other = MakeAuthority("acme.example", kNow);
  auto leaf = IssueLeaf(*other, id_, kNow);
  EXPECT_NE(Verify(leaf->certificate, root_.certificate, kNow), "ok");
}

TEST_F(AuthorityTest, EachLeafHasAKeyOfItsOwn) {
  EXPECT_NE(IssueLeaf(root_, id_, kNow)->key, IssueLeaf(root_, id_, kNow)->key);
}

TEST_F(AuthorityTest, KnowsItsTrustDomain) {
  EXPECT_EQ(*TrustDomainOf(root_.certificate), "acme.example");
  EXPECT_FALSE(TrustDomainOf("nonsense").ok());
}

TEST_F(AuthorityTest, RefusesIdsItCannotVouchFor) {
  EXPECT_EQ(
      Message(IssueLeaf(root_, Id("spiffe://other.example/a"), kNow).status()),
      "'spiffe://other.example/a' is outside the authority's trust "
      "domain, acme.example");
  EXPECT_THAT(
      Message(IssueLeaf(root_, Id("spiffe://acme.example"), kNow).status()),
      HasSubstr("names a trust domain, no workload in it"));
}

TEST_F(AuthorityTest, RefusesNamesThatAreNoTrustDomain) {
  for (const char* name : {"", "Acme.Example", "acme.example/x", "a:1"}) {
    EXPECT_THAT(Message(MakeAuthority(name, kNow).status()),
                HasSubstr("is no trust domain"))
        << name;
  }
}

TEST_F(AuthorityTest, SaysWhatIsWrongWithTheAuthoritysFiles) {
  auto message = [this](const std::string& certificate,
                        const std::string& key) {
    return Message(IssueLeaf({certificate, key}, id_, kNow).status());
  };
  EXPECT_EQ(message("x", root_.key),
            "the authority's certificate file holds no certificate in PEM");
  EXPECT_EQ(message(root_.certificate, "x"),
            "the authority's key file holds no unencrypted private key in "
            "PEM");
  EXPECT_EQ(message(root_.certificate, MakeAuthority("b.c", kNow)->key),
            "the authority's key does not belong to its certificate");
  auto leaf = IssueLeaf(root_, id_, kNow);
  EXPECT_EQ(message(leaf->certificate, leaf->key),
            "the authority's certificate is no CA certificate");
}

TEST_F(AuthorityTest, TakesALongWorkloadName) {
  const std::string name(200, 'a');
  auto leaf = IssueLeaf(root_, Id("spiffe://acme.example/" + name), kNow);
  EXPECT_TRUE(leaf.ok()) << Message(leaf.status());
}

}  // namespace
}  // namespace herald::crypto
