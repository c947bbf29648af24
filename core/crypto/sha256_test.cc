// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/sha256.h"

#include <gtest/gtest.h>

namespace herald::crypto {
namespace {

// The vectors of FIPS 180-2, appendix B, and the empty text.
TEST(Sha256Test, HashesTheVectorsOfTheStandard) {
  EXPECT_EQ(ToHex(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb924"
            "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67"
            "f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace herald::crypto
