// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/sha256.h"

#include <openssl/evp.h>

#include "core/base/check.h"

namespace herald::crypto {

Digest Sha256(std::string_view bytes) {
  Digest out;
  const int done = EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr,
                              EVP_sha256(), nullptr);
  HERALD_CHECK(done == 1, "SHA-256 of bytes in memory has no way to fail");
  return out;
}

std::string ToHex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (uint8_t byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace herald::crypto
