// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/affinity_table.h"

#include <gtest/gtest.h>

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);
constexpr Duration kIdle = 10min;

TEST(AffinityTableTest, BindsAValueToAPeerUntilItMoves) {
  AffinityTable table;
  EXPECT_EQ(table.Find("c1", kIdle, kStart), nullptr);
  table.Bind("c1", "fra", kStart);
  ASSERT_NE(table.Find("c1", kIdle, kStart), nullptr);
  EXPECT_EQ(table.Find("c1", kIdle, kStart)->peer, "fra");
  table.Bind("c1", "par", kStart);
  EXPECT_EQ(table.Find("c1", kIdle, kStart)->peer, "par");
  EXPECT_EQ(table.size(), 1u);
}

TEST(AffinityTableTest, CountsOnlyOnceThatPeerHasAnswered) {
  AffinityTable table;
  table.Bind("c1", "fra", kStart);
  EXPECT_FALSE(table.Find("c1", kIdle, kStart)->answered);
  table.OnAnswer("c1", "par", kStart);  // an older call's peer
  EXPECT_FALSE(table.Find("c1", kIdle, kStart)->answered);
  table.OnAnswer("c1", "fra", kStart);
  EXPECT_TRUE(table.Find("c1", kIdle, kStart)->answered);
  table.Bind("c1", "fra", kStart);  // the next call of it
  EXPECT_TRUE(table.Find("c1", kIdle, kStart)->answered);
  table.Bind("c1", "par", kStart);
  EXPECT_FALSE(table.Find("c1", kIdle, kStart)->answered);
}

TEST(AffinityTableTest, ForgetsWhatIsOutOfUse) {
  AffinityTable table;
  table.Bind("c1", "fra", kStart);
  EXPECT_NE(table.Find("c1", kIdle, kStart + kIdle), nullptr);
  EXPECT_EQ(table.Find("c1", kIdle, kStart + kIdle + 1ns), nullptr);
  table.OnAnswer("c1", "fra", kStart + 5min);  // an answer is use
  EXPECT_NE(table.Find("c1", kIdle, kStart + 15min), nullptr);
}

TEST(AffinityTableTest, AFullTableForgetsTheLeastUsed) {
  AffinityTable table;
  for (size_t i = 0; i < AffinityTable::kMostValues; ++i) {
    table.Bind(std::to_string(i), "fra", kStart);
  }
  table.Bind("0", "fra", kStart);
  table.Bind("new", "fra", kStart);
  EXPECT_EQ(table.size(), AffinityTable::kMostValues);
  EXPECT_NE(table.Find("0", kIdle, kStart), nullptr);
  EXPECT_EQ(table.Find("1", kIdle, kStart), nullptr);
  EXPECT_NE(table.Find("2", kIdle, kStart), nullptr);
  EXPECT_NE(table.Find("new", kIdle, kStart), nullptr);
}

}  // namespace
}  // namespace herald::routing
