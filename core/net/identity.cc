// SPDX-License-Identifier: Apache-2.0
#include "core/net/identity.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace herald::net {
namespace {

Status Wrong(const std::string& file, const std::string& what) {
  return InvalidArgument(file + ": " + what);
}

StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Unavailable(path + ": cannot be read: " + std::strerror(errno));
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

time_t ToSeconds(WallTime t) {
  return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch())
      .count();
}

std::optional<time_t> ToSeconds(const ASN1_TIME* t) {
  tm parts = {};
  if (ASN1_TIME_to_tm(t, &parts) != 1) return std::nullopt;
  return timegm(&parts);
}

std::string DateText(const ASN1_TIME* t) {
  tm parts = {};
  if (ASN1_TIME_to_tm(t, &parts) != 1) return "an unreadable date";
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

Status CheckDates(X509* x, const std::string& name, WallTime now) {
  const ASN1_TIME* from = X509_get0_notBefore(x);
  const ASN1_TIME* until = X509_get0_notAfter(x);
  std::optional<time_t> from_s = ToSeconds(from);
  std::optional<time_t> until_s = ToSeconds(until);
  if (!from_s || !until_s) return Wrong(name, "has an unreadable date");
  if (ToSeconds(now) < *from_s) {
    return Wrong(name, "is not valid before " + DateText(from) +
                           " (is this machine's clock right?)");
  }
  if (ToSeconds(now) > *until_s) {
    return Wrong(name, "expired on " + DateText(until));
  }
  return absl::OkStatus();
}

StatusOr<StorePtr> TrustStore(const std::vector<X509Ptr>& roots,
                              const std::string& name) {
  StorePtr store(X509_STORE_new());
  for (const X509Ptr& root : roots) {
    if (X509_check_ca(root.get()) == 0) {
      return Wrong(name, "holds a certificate that is not a CA");
    }
    X509_STORE_add_cert(store.get(), root.get());
  }
  return store;
}

Status CheckIssued(const Identity& identity, const IdentityFiles& names,
                   WallTime now) {
  std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> others(
      sk_X509_new_null(), [](STACK_OF(X509) * s) { sk_X509_free(s); });
  for (const X509Ptr& x : identity.chain()) {
    sk_X509_push(others.get(), x.get());
  }
  std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> check(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(check.get(), identity.trust(), identity.leaf(),
                      others.get());
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(check.get()),
                             ToSeconds(now));
  if (X509_verify_cert(check.get()) == 1) return absl::OkStatus();
  int error = X509_STORE_CTX_get_error(check.get());
  ERR_clear_error();
  return Wrong(names.certificate,
               "was not issued by the trust in " + names.trust + " (" +
                   X509_verify_cert_error_string(error) + ")");
}

// The URI names of a certificate.
std::vector<std::string> UriNames(X509* leaf) {
  std::vector<std::string> uris;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
        static_cast<size_t>(ASN1_STRING_length(text)));
  }
  GENERAL_NAMES_free(names);
  return uris;
}

}  // namespace

StatusOr<SpiffeId> LeafId(X509* leaf) {
  std::vector<std::string> uris = UriNames(leaf);
  if (uris.empty()) {
    return InvalidArgument(
        "has no URI in its subject alternative names (its SPIFFE id)");
  }
  if (uris.size() > 1) {
    return InvalidArgument("has " + std::to_string(uris.size()) +
                           " URIs in its subject alternative names; a SPIFFE "
                           "certificate has exactly one");
  }
  // X509-SVID §4.1 and §4.3: a leaf signs nothing but handshakes. Where the
  // extension is absent OpenSSL reports every use as allowed.
  uint32_t usage = X509_get_key_usage(leaf);
  bool ca = (X509_get_extension_flags(leaf) & EXFLAG_CA) != 0;
  bool signs =
      usage != UINT32_MAX && (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0;
  if (ca || signs) {
    return InvalidArgument("is marked as a CA; a SPIFFE leaf must not be");
  }
  if ((usage & KU_DIGITAL_SIGNATURE) == 0) {
    return InvalidArgument("may not be used for signatures (key usage)");
  }
  StatusOr<SpiffeId> id = SpiffeId::Parse(uris[0]);
  if (!id.ok()) {
    return InvalidArgument(
        "names '" + uris[0] +
        "', which is not a SPIFFE id: " + Message(id.status()));
  }
  return id;
}

std::optional<WallTime> NotAfter(const X509* x) {
  auto seconds = ToSeconds(X509_get0_notAfter(x));
  if (!seconds) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

StatusOr<IdentityPtr> Identity::Load(const IdentityFiles& files, WallTime now) {
  IdentityFiles pem;
  HERALD_ASSIGN_OR_RETURN(pem.certificate, ReadFile(files.certificate));
  HERALD_ASSIGN_OR_RETURN(pem.key, ReadFile(files.key));
  HERALD_ASSIGN_OR_RETURN(pem.trust, ReadFile(files.trust));
  return FromPem(pem, files, now);
}

struct Identity::Material {
  std::vector<X509Ptr> chain;  // the leaf first
  KeyPtr key;
  std::vector<X509Ptr> roots;
};

StatusOr<IdentityPtr> Identity::FromPem(const IdentityFiles& pem,
                                        const IdentityFiles& names,
                                        WallTime now) {
  Material material;
  HERALD_ASSIGN_OR_RETURN(material.chain,
                          ReadCertificates(pem.certificate, names.certificate));
  HERALD_ASSIGN_OR_RETURN(material.key, ReadKey(pem.key, names.key));
  HERALD_ASSIGN_OR_RETURN(material.roots,
                          ReadCertificates(pem.trust, names.trust));
  return Build(std::move(material), names, now);
}

StatusOr<IdentityPtr> Identity::FromDer(const IdentityFiles& der,
                                        const IdentityFiles& names,
                                        WallTime now) {
  Material material;
  HERALD_ASSIGN_OR_RETURN(
      material.chain, ReadDerCertificates(der.certificate, names.certificate));
  HERALD_ASSIGN_OR_RETURN(material.key, ReadDerKey(der.key, names.key));
  HERALD_ASSIGN_OR_RETURN(material.roots,
                          ReadDerCertificates(der.trust, names.trust));
  return Build(std::move(material), names, now);
}

StatusOr<IdentityPtr> Identity::Build(Material material,
                                      const IdentityFiles& names,
                                      WallTime now) {
  X509Ptr leaf = std::move(material.chain.front());
  material.chain.erase(material.chain.begin());
  StatusOr<SpiffeId> id = LeafId(leaf.get());
  if (!id.ok()) return Wrong(names.certificate, Message(id.status()));
  if (X509_check_private_key(leaf.get(), material.key.get()) != 1) {
    ERR_clear_error();
    return Wrong(names.key,
                 "does not belong to the certificate in " + names.certificate);
  }
  HERALD_RETURN_IF_ERROR(CheckDates(leaf.get(), names.certificate, now));
  HERALD_ASSIGN_OR_RETURN(auto trust, TrustStore(material.roots, names.trust));

  std::shared_ptr<Identity> identity(new Identity(*std::move(id)));
  identity->not_after_ = WallTime(
      std::chrono::seconds(*ToSeconds(X509_get0_notAfter(leaf.get()))));
  identity->leaf_ = std::move(leaf);
  identity->chain_ = std::move(material.chain);
  identity->key_ = std::move(material.key);
  identity->trust_ = std::move(trust);
  HERALD_RETURN_IF_ERROR(CheckIssued(*identity, names, now));
  return IdentityPtr(std::move(identity));
}

IdentityPtr Identity::WithoutTrust() const {
  auto shared = [](X509* x) {
    X509_up_ref(x);
    return X509Ptr(x);
  };
  std::shared_ptr<Identity> other(new Identity(id_));
  other->not_after_ = not_after_;
  other->leaf_ = shared(leaf_.get());
  for (const X509Ptr& x : chain_) other->chain_.push_back(shared(x.get()));
  EVP_PKEY_up_ref(key_.get());
  other->key_ = KeyPtr(key_.get());
  other->trust_ = StorePtr(X509_STORE_new());
  return other;
}

}  // namespace herald::net
