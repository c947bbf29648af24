// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/log_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace herald::audit {
namespace {

namespace fs = std::filesystem;

class LogFileTest : public testing::Test {
 protected:
  std::string Read(const std::string& name = "log") const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  LogFileOptions Options(uint64_t max_bytes = 1000, int keep = 2) const {
    return {.path = folder_ / "log", .max_bytes = max_bytes, .keep = keep};
  }

  test::TemporaryFolder folder_;
};

TEST_F(LogFileTest, WhatIsThereIsKept) {
  folder_.Write("log", "before\n");
  LogFile file(Options());
  ASSERT_TRUE(file.Append("after\n").ok());
  EXPECT_EQ(Read(), "before\nafter\n");
}

TEST_F(LogFileTest, OthersMayNotReadIt) {
  LogFile file(Options());
  ASSERT_TRUE(file.Open().ok());
  struct stat found = {};
  ASSERT_EQ(stat((folder_ / "log").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(LogFileTest, ABatchThatFitsExactlyDoesNotRotate) {
  LogFile file(Options(8));
  ASSERT_TRUE(file.Append("1234").ok());
  ASSERT_TRUE(file.Append("5678").ok());
  EXPECT_FALSE(fs::exists(folder_ / "log.1"));
  ASSERT_TRUE(file.Append("9").ok());
  EXPECT_EQ(Read("log.1"), "12345678");
  EXPECT_EQ(Read(), "9");
}

TEST_F(LogFileTest, TheOldestGoesFirst) {
  LogFile file(Options(2, /*keep=*/2));
  for (const char* text : {"a\n", "b\n", "c\n", "d\n"}) {
    ASSERT_TRUE(file.Append(text).ok());
  }
  EXPECT_EQ(Read(), "d\n");
  EXPECT_EQ(Read("log.1"), "c\n");
  EXPECT_EQ(Read("log.2"), "b\n");
  EXPECT_FALSE(fs::exists(folder_ / "log.3"));
}

// As logrotate does, and people with `mv`.
TEST_F(LogFileTest, AFileThatSomebodyMovedAwayIsBegunAnew) {
  LogFile file(Options());
  ASSERT_TRUE(file.Append("one\n").ok());
  fs::rename(folder_ / "log", folder_ / "elsewhere");
  ASSERT_TRUE(file.Append("two\n").ok());
  EXPECT_EQ(Read("elsewhere"), "one\n");
  EXPECT_EQ(Read(), "two\n");
}

TEST_F(LogFileTest, AFullDeviceIsAnError) {
  LogFile file({.path = "/dev/full"});
  Status failed = file.Append("one\n");
  EXPECT_NE(Message(failed).find("/dev/full"), std::string::npos);
}

TEST_F(LogFileTest, AFolderThatComesLaterWillDo) {
  LogFile file({.path = folder_ / "later/log"});
  EXPECT_FALSE(file.Append("one\n").ok());
  fs::create_directory(folder_ / "later");
  EXPECT_TRUE(file.Append("two\n").ok());
  EXPECT_EQ(Read("later/log"), "two\n");
}

// The kernel lets 6 of 8 bytes through and then no more.
TEST_F(LogFileTest, NoLineIsLeftHalfThere) {
  LogFile file(Options());
  ASSERT_TRUE(file.Append("abc\n").ok());
  auto ignored = signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Status failed = file.Append("1234567\n");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, ignored);
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(Read(), "abc\n");
  EXPECT_TRUE(file.Append("again\n").ok());
  EXPECT_EQ(Read(), "abc\nagain\n");
}

}  // namespace
}  // namespace herald::audit
