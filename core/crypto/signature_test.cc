// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/signature.h"

#include <gtest/gtest.h>

#include <string>

namespace herald::crypto {
namespace {

std::string FromHex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(
        std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

// The public key of RFC 8032, section 7.1, test 2, as PEM (RFC 8410).
constexpr char kRfcPublicKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kRfcSignature[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(SignatureTest, AgreesWithTheStandardsExample) {
  EXPECT_TRUE(SignatureIsGood(kRfcPublicKey, "\x72", FromHex(kRfcSignature)));
  EXPECT_FALSE(SignatureIsGood(kRfcPublicKey, "\x73", FromHex(kRfcSignature)));
}

TEST(SignatureTest, WhatOneKeySignedNoOtherVouchesFor) {
  auto ours = MakeSigningKeys();
  auto theirs = MakeSigningKeys();
  ASSERT_TRUE(ours.ok() && theirs.ok());
  auto signature = Sign(ours->private_key, "a text");
  ASSERT_TRUE(signature.ok());
  EXPECT_TRUE(SignatureIsGood(ours->public_key, "a text", *signature));
  EXPECT_FALSE(SignatureIsGood(theirs->public_key, "a text", *signature));
  EXPECT_FALSE(SignatureIsGood(ours->public_key, "a text ", *signature));
}

TEST(SignatureTest, EveryChangedByteSpoilsIt) {
  auto keys = MakeSigningKeys();
  ASSERT_TRUE(keys.ok());
  auto signature = Sign(keys->private_key, "a text");
  ASSERT_TRUE(signature.ok());
  for (size_t i = 0; i < signature->size(); ++i) {
    std::string changed = *signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(SignatureIsGood(keys->public_key, "a text", changed)) << i;
  }
  EXPECT_FALSE(SignatureIsGood(keys->public_key, "a text",
                               signature->substr(0, signature->size() - 1)));
  EXPECT_FALSE(SignatureIsGood(keys->public_key, "a text", ""));
}

TEST(SignatureTest, WhatIsNoKeyIsSaidToBeNone) {
  auto keys = MakeSigningKeys();
  ASSERT_TRUE(keys.ok());
  EXPECT_TRUE(CheckPublicKey(keys->public_key).ok());
  // The private key is no public one: whoever mixes them up must hear of it.
  EXPECT_FALSE(CheckPublicKey(keys->private_key).ok());
  EXPECT_FALSE(CheckPublicKey("nonsense").ok());
  EXPECT_FALSE(Sign(keys->public_key, "a text").ok());
  EXPECT_FALSE(SignatureIsGood("nonsense", "a text", std::string(64, 'x')));
}

}  // namespace
}  // namespace herald::crypto
