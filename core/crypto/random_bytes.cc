// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/random_bytes.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>

#include "core/base/check.h"

namespace herald::crypto {

std::string RandomBytes(size_t count) {
  std::string out(count, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  HERALD_CHECK(RAND_bytes(bytes, static_cast<int>(count)) == 1,
               "without randomness nothing here is safe");
  return out;
}

std::string RandomStock::Take(size_t count) {
  constexpr size_t kDrawn = 512;
  HERALD_CHECK(count <= kDrawn, "a secret is short");
  if (stock_.size() < count) stock_ = RandomBytes(kDrawn);
  std::string out = stock_.substr(stock_.size() - count);
  OPENSSL_cleanse(stock_.data() + stock_.size() - count, count);
  stock_.resize(stock_.size() - count);
  return out;
}

uint64_t RandomSeed() {
  uint64_t seed = 0;
  const std::string bytes = RandomBytes(sizeof seed);
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

}  // namespace herald::crypto
