// SPDX-License-Identifier: Apache-2.0
#include "core/base/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace herald {
namespace {

using testing::EndsWith;

std::string PathOf(const std::string& name) {
  return testing::TempDir() + "/text_file_test_" + name;
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(TextFileTest, ReadsTheWholeFile) {
  const std::string text(50000, 'x');
  Write(PathOf("whole"), text + "\n");
  StatusOr<std::string> read = ReadTextFile(PathOf("whole"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, text + "\n");
}

TEST(TextFileTest, SaysWhichFileIsMissing) {
  const std::string path = PathOf("missing");
  StatusOr<std::string> read = ReadTextFile(path);
  EXPECT_EQ(read.status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Message(read.status()), path + ": No such file or directory");
}

TEST(TextFileTest, RefusesFoldersAndPipes) {
  EXPECT_THAT(Message(ReadTextFile(testing::TempDir()).status()),
              EndsWith("is no regular file"));
  const std::string pipe = PathOf("pipe");
  mkfifo(pipe.c_str(), 0600);
  EXPECT_THAT(Message(ReadTextFile(pipe).status()),
              EndsWith("is no regular file"));
}

TEST(TextFileTest, TakesExactlyTheLimit) {
  Write(PathOf("limit"), "12345");
  EXPECT_TRUE(ReadTextFile(PathOf("limit"), 5).ok());
  EXPECT_THAT(Message(ReadTextFile(PathOf("limit"), 4).status()),
              EndsWith("is larger than 4 bytes"));
}

}  // namespace
}  // namespace herald
