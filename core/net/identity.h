// SPDX-License-Identifier: Apache-2.0
//
// Who we are: a certificate with one SPIFFE id, its key, and the roots that
// vouch for our peers (SPIFFE X509-SVID). Everything that can be wrong with
// the three files is found here, at start and at each reload, and said with
// the file's name; a handshake meets only identities that have passed.
//
// The same checks of a leaf (one URI SAN, a SPIFFE id, no CA) hold for ours
// and for a peer's, so they are written once, in LeafId.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/spiffe_id.h"
#include "core/base/status.h"
#include "core/base/time.h"
#include "core/net/pem.h"

namespace herald::net {

struct IdentityFiles {
  std::string certificate;  // PEM: the leaf, then what lies below the root
  std::string key;          // PEM, not encrypted
  std::string trust;        // PEM: one or more root certificates
};

// The SPIFFE id of a leaf certificate. Errors name the rule that is broken:
// "has no URI in its subject alternative names (a SPIFFE id is one)".
StatusOr<SpiffeId> LeafId(X509* leaf);

// When a certificate ends; nullopt where its date cannot be read.
std::optional<WallTime> NotAfter(const X509* x);

// Immutable; shared by the contexts made from it.
class Identity {
 public:
  // `now` judges the dates. Errors begin with the file they are about.
  static StatusOr<std::shared_ptr<const Identity>> Load(
      const IdentityFiles& files, WallTime now);

  // The same from text; `names` are what errors call the three.
  static StatusOr<std::shared_ptr<const Identity>> FromPem(
      const IdentityFiles& pem, const IdentityFiles& names, WallTime now);

  // The same from DER: certificates one behind the other, a PKCS#8 key.
  static StatusOr<std::shared_ptr<const Identity>> FromDer(
      const IdentityFiles& der, const IdentityFiles& names, WallTime now);

  // The same certificate without any root: who shows it believes nobody.
  std::shared_ptr<const Identity> WithoutTrust() const;

  const SpiffeId& id() const { return id_; }
  WallTime not_after() const { return not_after_; }

  X509* leaf() const { return leaf_.get(); }
  const std::vector<X509Ptr>& chain() const { return chain_; }
  EVP_PKEY* key() const { return key_.get(); }
  X509_STORE* trust() const { return trust_.get(); }

 private:
  struct Material;
  static StatusOr<std::shared_ptr<const Identity>> Build(
      Material material, const IdentityFiles& names, WallTime now);
  explicit Identity(SpiffeId id) : id_(std::move(id)) {}

  SpiffeId id_;
  WallTime not_after_;
  X509Ptr leaf_;
  std::vector<X509Ptr> chain_;  // without the leaf
  KeyPtr key_;
  StorePtr trust_;
};

using IdentityPtr = std::shared_ptr<const Identity>;

}  // namespace herald::net
