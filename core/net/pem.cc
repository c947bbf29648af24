// SPDX-License-Identifier: Apache-2.0
#include "core/net/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace herald::net {
namespace {

struct BioDelete {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioDelete>;

Status Wrong(const std::string& name, const std::string& what) {
  return InvalidArgument(name + ": " + what);
}

BioPtr TextBio(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

void OpenSslDelete::operator()(X509* x) const { X509_free(x); }
void OpenSslDelete::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void OpenSslDelete::operator()(X509_STORE* store) const {
  X509_STORE_free(store);
}

StatusOr<std::vector<X509Ptr>> ReadCertificates(const std::string& pem,
                                                const std::string& name) {
  std::vector<X509Ptr> out;
  BioPtr bio = TextBio(pem);
  while (X509* x = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    out.emplace_back(x);
  }
  bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended && !out.empty()) {
    return Wrong(name, "holds a damaged certificate after number " +
                           std::to_string(out.size()));
  }
  if (out.empty()) {
    return Wrong(name,
                 "is not a PEM certificate (expected a line "
                 "'-----BEGIN CERTIFICATE-----')");
  }
  return out;
}

StatusOr<std::vector<X509Ptr>> ReadDerCertificates(std::string_view der,
                                                   const std::string& name) {
  std::vector<X509Ptr> out;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  while (at < end) {
    X509Ptr x(d2i_X509(nullptr, &at, end - at));
    ERR_clear_error();
    if (x == nullptr) {
      return Wrong(name, "holds a damaged certificate after number " +
                             std::to_string(out.size()));
    }
    out.push_back(std::move(x));
  }
  if (out.empty()) return Wrong(name, "holds no certificate");
  return out;
}

StatusOr<KeyPtr> ReadDerKey(std::string_view der, const std::string& name) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  KeyPtr key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (key == nullptr) return Wrong(name, "is not a private key (PKCS#8)");
  return key;
}

StatusOr<KeyPtr> ReadKey(const std::string& pem, const std::string& name) {
  BioPtr bio = TextBio(pem);
  // The empty pass phrase keeps OpenSSL from asking a terminal.
  char none[] = "";
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, none));
  ERR_clear_error();
  if (key) return key;
  if (pem.find("ENCRYPTED") != std::string::npos) {
    return Wrong(name, "is an encrypted key; give one without a pass phrase");
  }
  return Wrong(name,
               "is not a PEM private key (expected a line "
               "'-----BEGIN PRIVATE KEY-----')");
}

}  // namespace herald::net
