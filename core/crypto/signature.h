// SPDX-License-Identifier: Apache-2.0
//
// Ed25519 (RFC 8032) over bytes: who wrote a text that changes what policy
// permits. Keys are texts in PEM, as `openssl genpkey -algorithm ed25519`
// makes them too. Deterministic: one key and one text have one signature.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace herald::crypto {

struct SigningKeys {
  std::string private_key;  // PKCS #8, not encrypted
  std::string public_key;   // SubjectPublicKeyInfo
};

StatusOr<SigningKeys> MakeSigningKeys();

// 64 bytes. An error where `private_key` is no Ed25519 key in PEM.
StatusOr<std::string> Sign(const std::string& private_key,
                           std::string_view bytes);

// Whether `pem` can be given to SignatureIsGood; the error says why not.
Status CheckPublicKey(const std::string& pem);

// False, too, for what is no key or no signature.
bool SignatureIsGood(const std::string& public_key, std::string_view bytes,
                     std::string_view signature);

}  // namespace herald::crypto
