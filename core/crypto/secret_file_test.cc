// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/text_file.h"
#include "tests/support/temporary_folder.h"

namespace herald::crypto {
namespace {

mode_t ModeOf(const std::string& path) {
  struct stat facts = {};
  stat(path.c_str(), &facts);
  return facts.st_mode & 07777;
}

class SecretFileTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  const std::string path_ = folder_ / "a.key";
};

TEST_F(SecretFileTest, WritesAFileForItsOwnerOnly) {
  const mode_t old = umask(0);
  EXPECT_TRUE(WriteNewFile(path_, "secret", kSecretMode).ok());
  umask(old);
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(*ReadTextFile(path_), "secret");
}

TEST_F(SecretFileTest, DoesNotOverwriteNorFollowLinks) {
  EXPECT_TRUE(WriteNewFile(path_, "first", kSecretMode).ok());
  EXPECT_EQ(WriteNewFile(path_, "second", kSecretMode).code(),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(*ReadTextFile(path_), "first");

  const std::string link = folder_ / "link";
  ASSERT_EQ(symlink((folder_ / "target").c_str(), link.c_str()), 0);
  EXPECT_FALSE(WriteNewFile(link, "x", kSecretMode).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "target"));
}

TEST_F(SecretFileTest, ReplacesWhole) {
  EXPECT_TRUE(WriteNewFile(path_, "first", kPublicMode).ok());
  EXPECT_TRUE(ReplaceFile(path_, "second", kSecretMode).ok());
  EXPECT_EQ(*ReadTextFile(path_), "second");
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(SecretFileTest, SaysWhichFileFailed) {
  const std::string path = folder_ / "none/a.key";
  EXPECT_EQ(Message(WriteNewFile(path, "x", kSecretMode)),
            path + ": No such file or directory");
}

}  // namespace
}  // namespace herald::crypto
