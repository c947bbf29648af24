// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/seals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/signature.h"
#include "tests/support/temporary_folder.h"

namespace herald::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class SealsTest : public testing::Test {
 protected:
  std::string SealOf(const std::string& text) {
    return *MakeSeal(keys_.private_key, text);
  }
  crypto::SigningKeys keys_ = *crypto::MakeSigningKeys();
  Signers signers_ = {keys_.public_key};
};

TEST_F(SealsTest, OneLineOfOrdinaryBase64) {
  const std::string seal = SealOf("kind: Override\n");
  EXPECT_EQ(seal.size(), 89u);  // 64 bytes make 86 letters, 2 =, and the end
  EXPECT_THAT(seal, EndsWith("==\n"));
  EXPECT_EQ(seal.find_first_of("-_"), std::string::npos);
  EXPECT_TRUE(SealIsGood(signers_, "kind: Override\n", seal));
}

TEST_F(SealsTest, AnotherTextAnotherKeyOrNoKeyIsNotGood) {
  const std::string seal = SealOf("kind: Override\n");
  EXPECT_FALSE(SealIsGood(signers_, "kind: Override", seal));
  EXPECT_FALSE(SealIsGood({}, "kind: Override\n", seal));
  EXPECT_FALSE(SealIsGood({crypto::MakeSigningKeys()->public_key},
                          "kind: Override\n", seal));
}

// A signature over the bare bytes was given for something else.
TEST_F(SealsTest, ASignatureWithoutThePrefixIsNoSeal) {
  EXPECT_TRUE(SealIsGood(signers_, "a", SealOf("a")));
  EXPECT_FALSE(SealIsGood(signers_, "herald-override-v1\na", SealOf("a")));
}

TEST_F(SealsTest, WhatIsNoBase64IsNotGood) {
  for (const char* seal : {"", "\n", "=", "====", "nonsense!", "AAAA"}) {
    EXPECT_FALSE(SealIsGood(signers_, "a", seal)) << seal;
  }
}

TEST_F(SealsTest, EachTextIsSealedByTheFileBesideIt) {
  test::TemporaryFolder folder;
  std::vector<policy::SourceText> texts = {{folder / "a.yaml", "a\n"},
                                           {folder / "b.yaml", "b\n"}};
  folder.Write("a.yaml.sig", SealOf("a\n"));
  folder.Write("b.yaml.sig", SealOf("a\n"));
  CheckSeals(signers_, texts);
  EXPECT_EQ(texts[0].seal, policy::Seal::kGood);
  EXPECT_EQ(texts[1].seal, policy::Seal::kBad);
  CheckSeals({}, texts);
  EXPECT_EQ(texts[0].seal, policy::Seal::kBad);
}

TEST_F(SealsTest, AFileThatIsNoPublicKeyIsNamed) {
  test::TemporaryFolder folder;
  std::string path = folder.Write("ops.pub", keys_.private_key);
  EXPECT_THAT(Message(ReadSigners({path}).status()), HasSubstr(path));
  folder.Write("ops.pub", keys_.public_key);
  EXPECT_EQ(ReadSigners({path})->size(), 1u);
}

}  // namespace
}  // namespace herald::app
