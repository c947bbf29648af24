// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority for development: one root key on disk that issues
// X.509-SVIDs (SPIFFE X509-SVID), so that two sidecars can trust each other a
// minute after the first command. Production has SPIRE, cert-manager or a mesh
// CA; nothing else in Herald depends on this one.
//
// Texts in PEM on both sides; time is handed in.
#pragma once

#include <chrono>
#include <string>

#include "core/base/spiffe_id.h"
#include "core/base/status.h"
#include "core/base/time.h"

namespace herald::crypto {

// A certificate and its private key (PKCS #8, not encrypted), in PEM.
struct CertificateAndKey {
  std::string certificate;
  std::string key;
};

// Long enough for a project's early life.
inline constexpr std::chrono::hours kAuthorityLifetime{24 * 3650};
inline constexpr std::chrono::hours kLeafLifetime{24 * 90};
// For clocks that run behind ours.
inline constexpr std::chrono::minutes kBackdate{5};

// A self-signed P-256 root of `trust_domain` ("acme.example"): URI SAN
// spiffe://acme.example, no CA below it.
StatusOr<CertificateAndKey> MakeAuthority(const std::string& trust_domain,
                                          WallTime now);

// The trust domain that an authority's certificate is for.
StatusOr<std::string> TrustDomainOf(const std::string& certificate);

// A new P-256 key and a leaf for it with `id` as its only URI SAN, good for
// servers and clients. It does not outlive the authority.
StatusOr<CertificateAndKey> IssueLeaf(
    const CertificateAndKey& authority, const SpiffeId& id, WallTime now,
    std::chrono::hours lifetime = kLeafLifetime);

}  // namespace herald::crypto
