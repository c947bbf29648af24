// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/decision_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>

#include "tests/support/fake_loop.h"
#include "tests/support/temporary_folder.h"

namespace herald::audit {
namespace {

using std::chrono::seconds;

// A bell that a test waits at.
class Bell {
 public:
  void Ring() {
    ++at_the_gate_;
    at_the_gate_.notify_all();
    std::lock_guard open(gate_);
    std::lock_guard lock(mutex_);
    ++rings_;
    rang_.notify_all();
  }
  bool WaitForRing() {
    std::unique_lock lock(mutex_);
    bool rang =
        rang_.wait_for(lock, seconds(20), [this] { return rings_ > heard_; });
    heard_ = rings_;
    return rang;
  }
  // While it is held, nobody rings.
  std::unique_lock<std::mutex> Hold() { return std::unique_lock(gate_); }
  // Until somebody would like to ring for the first time.
  void WaitUntilHeld() const { at_the_gate_.wait(0); }

 private:
  std::mutex gate_;
  std::atomic<int> at_the_gate_ = 0;
  std::mutex mutex_;
  std::condition_variable rang_;
  int rings_ = 0;
  int heard_ = 0;
};

class DecisionLogTest : public testing::Test {
 protected:
  Status Open(const std::string& path) {
    return log_->Open(
        {.file = {.path = path},
         .gap_line =
             [](uint64_t lost) { return "gap of " + std::to_string(lost); },
         .on_problem =
             [this](const std::string& problem) {
               problems_.push_back(problem);
             }});
  }
  std::string Read() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  // Waits for the disk within the running turn; then turns until it is known.
  std::optional<bool> Wait() {
    std::optional<bool> kept;
    log_->AwaitDisk([&kept](bool is_kept) { kept = is_kept; });
    Turn();
    while (!kept && Hear()) {
    }
    return kept;
  }
  void Turn() { loop_.RunTurn(); }
  bool Hear() {
    if (!bell_.WaitForRing()) return false;
    log_->Collect();
    return true;
  }

  test::FakeLoop loop_;
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "decisions.jsonl";
  Bell bell_;
  std::vector<std::string> problems_;
  std::unique_ptr<DecisionLog> log_ =
      std::make_unique<DecisionLog>(loop_, [this] { bell_.Ring(); });
};

TEST_F(DecisionLogTest, WhoWaitsIsToldWhenItsLineIsThere) {
  ASSERT_TRUE(Open(path_).ok());
  log_->Write("one");
  log_->Write("two");
  EXPECT_EQ(Wait(), true);
  EXPECT_EQ(Read(), "one\ntwo\n");
  EXPECT_EQ(log_->lines(), 2u);
  EXPECT_EQ(log_->lost(), 0u);
}

TEST_F(DecisionLogTest, NothingIsHandedOverBeforeTheTurnsEnd) {
  ASSERT_TRUE(Open(path_).ok());
  bool told = false;
  log_->Write("one");
  EXPECT_NE(log_->AwaitDisk([&told](bool) { told = true; }), 0u);
  EXPECT_FALSE(told);
  EXPECT_EQ(Read(), "");
  Turn();
  ASSERT_TRUE(Hear());
  EXPECT_TRUE(told);
}

TEST_F(DecisionLogTest, WhatIsForgottenIsNotTold) {
  ASSERT_TRUE(Open(path_).ok());
  log_->Write("one");
  uint64_t wait = log_->AwaitDisk([](bool) { FAIL(); });
  log_->Forget(wait);
  EXPECT_EQ(Wait(), true);
}

TEST_F(DecisionLogTest, WhatWasWrittenLastIsNotLostWithTheLog) {
  ASSERT_TRUE(Open(path_).ok());
  log_->Write("last");
  log_.reset();
  EXPECT_EQ(Read(), "last\n");
}

TEST_F(DecisionLogTest, UntilItIsOpenNothingMayRelyOnIt) {
  EXPECT_FALSE(log_->writable());
  log_->Write("nowhere");
  EXPECT_EQ(log_->lost(), 1u);
  ASSERT_TRUE(Open(path_).ok());
  EXPECT_TRUE(log_->writable());
}

TEST_F(DecisionLogTest, APathThatCannotBeOpenedIsNamed) {
  Status status = Open(folder_ / "no/such/folder");
  EXPECT_NE(Message(status).find("no/such/folder"), std::string::npos);
  EXPECT_FALSE(log_->writable());
  EXPECT_EQ(Wait(), false);
}

// /dev/full answers every write as a full disk does.
TEST_F(DecisionLogTest, AFullDiskMakesItUnwritableAndIsTold) {
  ASSERT_TRUE(Open("/dev/full").ok());
  log_->Write("one");
  log_->Write("two");
  EXPECT_EQ(Wait(), false);
  EXPECT_FALSE(log_->writable());
  EXPECT_EQ(log_->lines(), 0u);
  EXPECT_EQ(log_->lost(), 2u);
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_NE(problems_[0].find("No space left"), std::string::npos);
}

TEST_F(DecisionLogTest, WhenTheDiskIsBackTheGapIsTold) {
  EXPECT_FALSE(Open(folder_ / "later/log").ok());
  log_->Write("one");
  Turn();
  ASSERT_TRUE(Hear());
  EXPECT_FALSE(log_->writable());
  EXPECT_EQ(log_->lost(), 1u);
  std::filesystem::create_directory(folder_ / "later");
  loop_.RunFor(DecisionLog::kProbe);
  ASSERT_TRUE(Hear());
  EXPECT_TRUE(log_->writable());
  path_ = folder_ / "later/log";
  EXPECT_EQ(Read(), "gap of 1\n");
  ASSERT_FALSE(problems_.empty());
  EXPECT_EQ(problems_.back(), "");
  // Told once: nothing more is lost.
  log_->Write("two");
  EXPECT_EQ(Wait(), true);
  loop_.RunFor(DecisionLog::kProbe * 3);
  EXPECT_EQ(Wait(), true);
  EXPECT_EQ(Read(), "gap of 1\ntwo\n");
}

// Nothing is handed over here, for the turn does not end.
TEST_F(DecisionLogTest, LinesBeyondTheBoundAreDroppedAndDenyThoseThatRely) {
  ASSERT_TRUE(Open(path_).ok());
  const std::string line((size_t{1} << 20) - 1, 'x');
  for (size_t i = 0; i < DecisionLog::kMaxWaiting >> 20; ++i) {
    log_->Write(line);
    EXPECT_TRUE(log_->writable());
  }
  log_->Write("one too many");
  EXPECT_EQ(log_->lost(), 1u);
  Turn();
  ASSERT_TRUE(Hear());
  EXPECT_TRUE(log_->writable());
  EXPECT_EQ(Wait(), true);
}

// The writer's thread stands still in its ring, as it would in a write to a
// disk that does not answer.
TEST_F(DecisionLogTest, ADiskThatDoesNotAnswerIsAFailureAfterAWhile) {
  ASSERT_TRUE(Open(path_).ok());
  std::optional<bool> kept;
  {
    auto held = bell_.Hold();
    log_->Write("one");
    log_->AwaitDisk([](bool) {});
    Turn();
    bell_.WaitUntilHeld();
    log_->Write("two");
    log_->AwaitDisk([&kept](bool is_kept) { kept = is_kept; });
    loop_.RunFor(DecisionLog::kPatience - DecisionLog::kProbe);
    EXPECT_EQ(kept, std::nullopt);
    EXPECT_TRUE(log_->writable());
    loop_.RunFor(DecisionLog::kProbe * 2);
    EXPECT_EQ(kept, false);
    EXPECT_FALSE(log_->writable());
  }
  while (!log_->writable() && Hear()) {
  }
  EXPECT_TRUE(log_->writable());
  EXPECT_EQ(Wait(), true);
}

}  // namespace
}  // namespace herald::audit
