// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_pki.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

#include "core/base/check.h"

namespace herald::test {
namespace {

using net::KeyPtr;
using net::X509Ptr;

void AddExtension(X509* x, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  HERALD_CHECK(extension != nullptr, "the test asks for a known extension");
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
}

X509Ptr Blank(EVP_PKEY* key, const std::string& name, const LeafOptions& o) {
  static long serial = 0;  // only uniqueness matters
  X509Ptr x(X509_new());
  X509_set_version(x.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x.get()), o.not_before.count());
  ASN1_TIME_set(X509_getm_notAfter(x.get()), o.not_after.count());
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(x.get()), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(x.get(), key);
  return x;
}

std::string ToPem(X509* x) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, x);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<size_t>(size));
  BIO_free(bio);
  return out;
}

std::string ToPem(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<size_t>(size));
  BIO_free(bio);
  return out;
}

}  // namespace

TestPki::TestPki() : root_key_(EVP_EC_gen("P-256")) {
  LeafOptions o;
  o.not_before -= std::chrono::hours(24 * 365);
  o.not_after += std::chrono::hours(24 * 3650);
  root_ = Blank(root_key_.get(), "test root", o);
  X509* x = root_.get();
  X509_set_issuer_name(x, X509_get_subject_name(x));
  AddExtension(x, x, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(x, x, NID_subject_key_identifier, "hash");
  X509_sign(x, root_key_.get(), EVP_sha256());
  root_pem_ = ToPem(x);
}

net::IdentityFiles TestPki::Issue(const LeafOptions& options) const {
  KeyPtr key(EVP_EC_gen("P-256"));
  X509Ptr x = Blank(key.get(), "leaf", options);
  X509_set_issuer_name(x.get(), X509_get_subject_name(root_.get()));
  AddExtension(x.get(), root_.get(), NID_basic_constraints,
               options.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(x.get(), root_.get(), NID_key_usage,
               options.ca ? "critical,digitalSignature,keyCertSign"
                          : "critical,digitalSignature");
  AddExtension(x.get(), root_.get(), NID_ext_key_usage,
               "serverAuth,clientAuth");
  std::string names;
  for (const std::string& uri : options.uris) {
    names += (names.empty() ? "URI:" : ",URI:") + uri;
  }
  for (const std::string& host : options.hosts) {
    names += (names.empty() ? "" : ",") + host;
  }
  if (!names.empty()) {
    AddExtension(x.get(), root_.get(), NID_subject_alt_name, names);
  }
  X509_sign(x.get(), root_key_.get(), EVP_sha256());
  return {ToPem(x.get()), ToPem(key.get()), root_pem_};
}

net::IdentityFiles ToDer(const net::IdentityFiles& pem) {
  auto chain = [](const std::string& text) {
    const auto all = net::ReadCertificates(text, "test");
    std::string out;
    for (const X509Ptr& x : *all) {
      unsigned char* der = nullptr;
      const int size = i2d_X509(x.get(), &der);
      out.append(reinterpret_cast<char*>(der), static_cast<size_t>(size));
      OPENSSL_free(der);
    }
    return out;
  };
  PKCS8_PRIV_KEY_INFO* info =
      EVP_PKEY2PKCS8(net::ReadKey(pem.key, "test")->get());
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
  PKCS8_PRIV_KEY_INFO_free(info);
  const std::string key(reinterpret_cast<char*>(der),
                        static_cast<size_t>(size));
  OPENSSL_free(der);
  return {chain(pem.certificate), key, chain(pem.trust)};
}

void UsePem(SSL_CTX* context, const net::IdentityFiles& pem) {
  BIO* leaf = BIO_new_mem_buf(pem.certificate.data(), -1);
  X509Ptr x(PEM_read_bio_X509(leaf, nullptr, nullptr, nullptr));
  BIO_free(leaf);
  BIO* text = BIO_new_mem_buf(pem.key.data(), -1);
  KeyPtr key(PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr));
  BIO_free(text);
  SSL_CTX_use_certificate(context, x.get());
  SSL_CTX_use_PrivateKey(context, key.get());
}

net::IdentityPtr TestPki::Make(const std::string& spiffe_id) const {
  auto made = net::Identity::FromPem(Issue(spiffe_id),
                                     {"leaf.crt", "leaf.key", "ca.crt"},
                                     WallTime(FakeLoop::kEpoch));
  HERALD_CHECK(made.ok(), "a good leaf loads");
  return *std::move(made);
}

}  // namespace herald::test
