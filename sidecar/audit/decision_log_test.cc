// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/decision_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/support/fake_loop.h"
#include "tests/support/temporary_folder.h"

namespace herald::audit {
namespace {

class DecisionLogTest : public testing::Test {
 protected:
  std::string Read() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  test::FakeLoop loop_;
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "decisions.jsonl";
};

TEST_F(DecisionLogTest, LinesOfATurnAreThereAtItsEnd) {
  DecisionLog log(loop_);
  ASSERT_TRUE(log.Open(path_).ok());
  log.Write("one");
  log.Write("two");
  EXPECT_EQ(Read(), "");
  loop_.RunTurn();
  EXPECT_EQ(Read(), "one\ntwo\n");
  log.Write("three");
  loop_.RunTurn();
  EXPECT_EQ(Read(), "one\ntwo\nthree\n");
  EXPECT_EQ(log.lines(), 3u);
  EXPECT_EQ(log.lost(), 0u);
}

TEST_F(DecisionLogTest, WhatIsThereIsKept) {
  folder_.Write("decisions.jsonl", "before\n");
  DecisionLog log(loop_);
  ASSERT_TRUE(log.Open(path_).ok());
  log.Write("after");
  loop_.RunTurn();
  EXPECT_EQ(Read(), "before\nafter\n");
}

TEST_F(DecisionLogTest, WhatWasWrittenLastIsNotLostWithTheLog) {
  {
    DecisionLog log(loop_);
    ASSERT_TRUE(log.Open(path_).ok());
    log.Write("last");
  }
  EXPECT_EQ(Read(), "last\n");
}

TEST_F(DecisionLogTest, OthersMayNotReadIt) {
  DecisionLog log(loop_);
  ASSERT_TRUE(log.Open(path_).ok());
  struct stat found = {};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(DecisionLogTest, UntilItIsOpenNothingMayRelyOnIt) {
  DecisionLog log(loop_);
  EXPECT_FALSE(log.writable());
  log.Write("nowhere");
  EXPECT_EQ(log.lost(), 1u);
  ASSERT_TRUE(log.Open(path_).ok());
  EXPECT_TRUE(log.writable());
}

TEST_F(DecisionLogTest, APathThatCannotBeOpenedIsNamed) {
  DecisionLog log(loop_);
  Status status = log.Open(folder_ / "no/such/folder");
  EXPECT_FALSE(status.ok());
  EXPECT_NE(Message(status).find("no/such/folder"), std::string::npos);
  EXPECT_FALSE(log.writable());
}

// /dev/full answers every write as a full disk does.
TEST_F(DecisionLogTest, AFullDiskMakesItUnwritable) {
  DecisionLog log(loop_);
  ASSERT_TRUE(log.Open("/dev/full").ok());
  log.Write("one");
  log.Write("two");
  loop_.RunTurn();
  EXPECT_FALSE(log.writable());
  EXPECT_EQ(log.lines(), 0u);
  EXPECT_EQ(log.lost(), 2u);
}

}  // namespace
}  // namespace herald::audit
