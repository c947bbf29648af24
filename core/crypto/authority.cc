// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/authority.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace herald::crypto {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Free<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

constexpr size_t kMaxCommonName = 64;  // ub-common-name, RFC 5280 A.1

Status Failed(const std::string& what) {
  char reason[256] = "no reason given";
  if (unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, reason, sizeof reason);
  }
  ERR_clear_error();
  return Unavailable(what + ": " + reason);
}

time_t Seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(
             time.time_since_epoch())
      .count();
}

StatusOr<std::string> ToPem(X509* certificate) {
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), certificate) != 1) {
    return Failed("cannot write the certificate");
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

StatusOr<std::string> ToPem(EVP_PKEY* key) {
  BioPtr out(BIO_new(BIO_s_secmem()));
  if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0,
                                            nullptr, nullptr) != 1) {
    return Failed("cannot write the key");
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

// No pass phrase is asked for on a terminal.
int NoPassPhrase(char*, int, int, void*) { return -1; }

BioPtr TextOf(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

StatusOr<CertificatePtr> ReadCertificate(const std::string& pem) {
  CertificatePtr out(
      PEM_read_bio_X509(TextOf(pem).get(), nullptr, NoPassPhrase, nullptr));
  ERR_clear_error();
  if (!out) return InvalidArgument("holds no certificate in PEM");
  return out;
}

StatusOr<KeyPtr> ReadKey(const std::string& pem) {
  KeyPtr out(PEM_read_bio_PrivateKey(TextOf(pem).get(), nullptr, NoPassPhrase,
                                     nullptr));
  ERR_clear_error();
  if (!out) return InvalidArgument("holds no unencrypted private key in PEM");
  return out;
}

// A certificate while it is being made. Lives on the stack; after the first
// failure nothing more is done, and Sign says so.
class Draft {
 public:
  Draft() : certificate_(X509_new()), key_(EVP_EC_gen("P-256")) {
    ok_ = certificate_ && key_ &&
          X509_set_version(certificate_.get(), X509_VERSION_3) == 1 &&
          X509_set_pubkey(certificate_.get(), key_.get()) == 1 &&
          SetRandomSerial();
  }

  X509* certificate() { return certificate_.get(); }
  EVP_PKEY* key() { return key_.get(); }

  void SetDates(time_t from, time_t to) {
    ok_ = ok_ && ASN1_TIME_set(X509_getm_notBefore(certificate_.get()), from) &&
          ASN1_TIME_set(X509_getm_notAfter(certificate_.get()), to);
  }

  void SetCommonName(std::string_view name) {
    name = name.substr(0, kMaxCommonName);
    ok_ = ok_ && X509_NAME_add_entry_by_NID(
                     X509_get_subject_name(certificate_.get()), NID_commonName,
                     MBSTRING_UTF8,
                     reinterpret_cast<const unsigned char*>(name.data()),
                     static_cast<int>(name.size()), -1, 0) == 1;
  }

  // `value` in the words of OpenSSL's x509v3_config.
  void Add(int nid, const std::string& value, X509* issuer) {
    if (!ok_) return;
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate_.get(), nullptr, nullptr, 0);
    ExtensionPtr extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    ok_ =
        extension && X509_add_ext(certificate_.get(), extension.get(), -1) == 1;
  }

  StatusOr<CertificateAndKey> Sign(X509* issuer, EVP_PKEY* issuer_key) {
    ok_ = ok_ &&
          X509_set_issuer_name(certificate_.get(),
                               X509_get_subject_name(issuer)) == 1 &&
          X509_sign(certificate_.get(), issuer_key, EVP_sha256()) > 0;
    if (!ok_) return Failed("cannot make the certificate");
    CertificateAndKey out;
    HERALD_ASSIGN_OR_RETURN(out.certificate, ToPem(certificate_.get()));
    HERALD_ASSIGN_OR_RETURN(out.key, ToPem(key_.get()));
    return out;
  }

 private:
  // 127 random bits: positive and at most 20 bytes (RFC 5280 §4.1.2.2).
  bool SetRandomSerial() {
    NumberPtr serial(BN_new());
    return serial &&
           BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ==
               1 &&
           BN_to_ASN1_INTEGER(serial.get(),
                              X509_get_serialNumber(certificate_.get()));
  }

  CertificatePtr certificate_;
  KeyPtr key_;
  bool ok_ = false;
};

StatusOr<std::string> DomainOf(X509* certificate) {
  NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    auto id = SpiffeId::Parse(std::string_view(
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
        static_cast<size_t>(ASN1_STRING_length(uri))));
    if (id.ok()) return std::string(id->trust_domain());
  }
  return InvalidArgument("names no SPIFFE trust domain");
}

StatusOr<time_t> EndOf(X509* certificate) {
  tm end = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
    return InvalidArgument("its end date cannot be read");
  }
  return timegm(&end);
}

// The authority's two halves, checked against each other.
struct Authority {
  CertificatePtr certificate;
  KeyPtr key;
};

StatusOr<Authority> ReadAuthority(const CertificateAndKey& pem) {
  Authority out;
  auto certificate = ReadCertificate(pem.certificate);
  if (!certificate.ok()) {
    return InvalidArgument("the authority's certificate file " +
                           Message(certificate.status()));
  }
  auto key = ReadKey(pem.key);
  if (!key.ok()) {
    return InvalidArgument("the authority's key file " + Message(key.status()));
  }
  out.certificate = *std::move(certificate);
  out.key = *std::move(key);
  if (X509_check_ca(out.certificate.get()) != 1) {
    return InvalidArgument("the authority's certificate is no CA certificate");
  }
  if (X509_check_private_key(out.certificate.get(), out.key.get()) != 1) {
    ERR_clear_error();
    return InvalidArgument(
        "the authority's key does not belong to its "
        "certificate");
  }
  return out;
}

// The last segment of the path, for people who list certificates.
std::string_view ShortName(const SpiffeId& id) {
  const std::string_view path = id.path();
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

StatusOr<CertificateAndKey> MakeAuthority(const std::string& trust_domain,
                                          WallTime now) {
  auto id = SpiffeId::Parse("spiffe://" + trust_domain);
  if (!id.ok() || !id->path().empty()) {
    return InvalidArgument("'" + trust_domain +
                           "' is no trust domain; one is 1 to 255 lower-case "
                           "letters, digits, '.', '-', '_', as in "
                           "acme.example");
  }
  Draft root;
  root.SetDates(Seconds(now - kBackdate), Seconds(now + kAuthorityLifetime));
  root.SetCommonName("Herald development CA");
  X509* self = root.certificate();
  root.Add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0", self);
  root.Add(NID_key_usage, "critical,keyCertSign,cRLSign", self);
  root.Add(NID_subject_key_identifier, "hash", self);
  root.Add(NID_subject_alt_name, "URI:" + id->text(), self);
  return root.Sign(self, root.key());
}

StatusOr<std::string> TrustDomainOf(const std::string& certificate) {
  HERALD_ASSIGN_OR_RETURN(CertificatePtr parsed, ReadCertificate(certificate));
  return DomainOf(parsed.get());
}

StatusOr<CertificateAndKey> IssueLeaf(const CertificateAndKey& authority,
                                      const SpiffeId& id, WallTime now,
                                      std::chrono::hours lifetime) {
  HERALD_ASSIGN_OR_RETURN(Authority issuer, ReadAuthority(authority));
  X509* issuer_certificate = issuer.certificate.get();
  HERALD_ASSIGN_OR_RETURN(std::string domain, DomainOf(issuer_certificate));
  if (id.path().empty()) {
    return InvalidArgument("'" + id.text() +
                           "' names a trust domain, no "
                           "workload in it, as " +
                           id.text() + "/agent/summarizer does");
  }
  if (domain != id.trust_domain()) {
    return InvalidArgument("'" + id.text() +
                           "' is outside the authority's "
                           "trust domain, " +
                           domain);
  }
  HERALD_ASSIGN_OR_RETURN(time_t end, EndOf(issuer_certificate));
  if (end <= Seconds(now)) {
    return InvalidArgument("the authority's certificate has expired");
  }
  Draft leaf;
  leaf.SetDates(Seconds(now - kBackdate),
                std::min(end, Seconds(now + lifetime)));
  leaf.SetCommonName(ShortName(id));
  leaf.Add(NID_basic_constraints, "critical,CA:FALSE", issuer_certificate);
  leaf.Add(NID_key_usage, "critical,digitalSignature", issuer_certificate);
  leaf.Add(NID_ext_key_usage, "serverAuth,clientAuth", issuer_certificate);
  leaf.Add(NID_subject_key_identifier, "hash", issuer_certificate);
  leaf.Add(NID_authority_key_identifier, "keyid:always", issuer_certificate);
  leaf.Add(NID_subject_alt_name, "URI:" + id.text(), issuer_certificate);
  return leaf.Sign(issuer_certificate, issuer.key.get());
}

}  // namespace herald::crypto
