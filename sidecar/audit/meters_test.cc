// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/meters.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace herald::audit {
namespace {

class MetersTest : public testing::Test {
 protected:
  void Start() {
    meters_.emplace([] {});
    ASSERT_TRUE(meters_->Open(path_).ok());
  }
  // As after a crash: what the destructor writes is undone.
  void Crash() {
    const std::string there = Read();
    meters_.reset();
    std::ofstream(path_, std::ios::trunc) << there;
  }
  std::string Read() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  void Add(int times) {
    for (int i = 0; i < times; ++i) {
      meters_->Collect();
      ASSERT_TRUE(meters_->Add("export"));
    }
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "node.meters";
  std::optional<Meters> meters_;
};

TEST_F(MetersTest, AnOrderlyEndKeepsTheExactCount) {
  Start();
  ASSERT_TRUE(meters_->Prepare({"export"}).ok());
  Add(5);
  meters_.reset();
  EXPECT_EQ(Read(), "export 5\n");
  Start();
  EXPECT_EQ(meters_->Counts().at("export"), 5u);
}

TEST_F(MetersTest, ACrashNeverCountsTooLittle) {
  Start();
  ASSERT_TRUE(meters_->Prepare({"export"}).ok());
  Add(1000);
  Crash();
  Start();
  const uint64_t count = meters_->Counts().at("export");
  EXPECT_GE(count, 1000u);
  EXPECT_LE(count, 1000u + 1000 / 8 + Meters::kLeastRoom);
}

TEST_F(MetersTest, WhatWasNotPreparedIsGivenRoomFirst) {
  Start();
  EXPECT_TRUE(meters_->Add("export"));
  EXPECT_EQ(Read(), "export 64\n");
}

TEST_F(MetersTest, AFolderThatIsNotThereRefuses) {
  path_ = folder_ / "gone/node.meters";
  Start();
  EXPECT_FALSE(meters_->Prepare({"export"}).ok());
  EXPECT_FALSE(meters_->Add("export"));
}

// Room that was on the disk before may be used; more there is not.
TEST_F(MetersTest, WhenTheDiskFailsItCountsUpToItsRoomAndNoFurther) {
  std::filesystem::create_directory(folder_ / "disk");
  path_ = folder_ / "disk/node.meters";
  Start();
  ASSERT_TRUE(meters_->Prepare({"export"}).ok());
  std::filesystem::remove_all(folder_ / "disk");
  uint64_t counted = 0;
  while (counted < 10'000 && meters_->Add("export")) ++counted;
  EXPECT_EQ(counted, Meters::kLeastRoom);
  std::filesystem::create_directory(folder_ / "disk");
  EXPECT_TRUE(meters_->Add("export"));
}

TEST_F(MetersTest, AFileThatIsNoneIsNotOverwritten) {
  folder_.Write("node.meters", "export many\n");
  Meters meters([] {});
  Status opened = meters.Open(path_);
  EXPECT_NE(Message(opened).find("export many"), std::string::npos);
  EXPECT_FALSE(meters.Prepare({"export"}).ok());
  EXPECT_EQ(Read(), "export many\n");
}

TEST_F(MetersTest, ALineThatACrashCutShortIsPassedOver) {
  folder_.Write("node.meters", "export 64\nexport 12");
  Start();
  EXPECT_EQ(meters_->Counts().at("export"), 64u);
}

}  // namespace
}  // namespace herald::audit
