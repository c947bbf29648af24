// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/repeatable_rand.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "core/base/check.h"

namespace herald::simulation {
namespace {

// OpenSSL's own generator for tests: a plain xorshift (EVP_RAND-TEST-RAND).
EVP_RAND_CTX* MakeSource() {
  EVP_RAND* kind = EVP_RAND_fetch(nullptr, "TEST-RAND", nullptr);
  HERALD_CHECK(kind != nullptr, "OpenSSL's default provider has it");
  EVP_RAND_CTX* source = EVP_RAND_CTX_new(kind, nullptr);
  EVP_RAND_free(kind);
  unsigned int generate = 1;
  unsigned int strength = 256;
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_GENERATE, &generate),
      OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
      OSSL_PARAM_construct_end()};
  HERALD_CHECK(
      EVP_RAND_CTX_set_params(source, params) == 1 &&
          EVP_RAND_instantiate(source, strength, 0, nullptr, 0, nullptr) == 1,
      "a fresh generator starts");
  return source;
}

}  // namespace

void MakeOpenSslRepeat() {
  // Takes both over.
  HERALD_CHECK(RAND_set0_public(nullptr, MakeSource()) == 1 &&
                   RAND_set0_private(nullptr, MakeSource()) == 1,
               "OpenSSL takes a generator of ours");
}

}  // namespace herald::simulation
