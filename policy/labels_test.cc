// SPDX-License-Identifier: Apache-2.0
#include "policy/labels.h"

#include "gtest/gtest.h"

namespace herald::policy {
namespace {

TEST(LabelsTest, UnlabelledIsAlwaysThereAndControlled) {
  LabelTable table;
  ASSERT_TRUE(table.Find("unlabelled"));
  EXPECT_EQ(table.controlled(), LabelBit(*table.Find("unlabelled")));
}

TEST(LabelsTest, ImplicationsAreFollowedToTheirEndAndAroundCircles) {
  LabelTable table;
  int a = table.Add("a", true);
  int b = table.Add("b", true);
  int c = table.Add("c", true);
  table.Imply(a, b);
  table.Imply(b, c);
  table.Imply(c, b);
  table.Close();
  EXPECT_EQ(table.Closure(LabelBit(a)),
            LabelBit(a) | LabelBit(b) | LabelBit(c));
  EXPECT_EQ(table.Closure(LabelBit(c)), LabelBit(b) | LabelBit(c));
}

TEST(LabelsTest, TheSixtyFifthDoesNotFit) {
  LabelTable table;
  for (int i = 1; i < kMaxLabels; ++i) {
    EXPECT_EQ(table.Add("l" + std::to_string(i), true), i);
  }
  EXPECT_EQ(table.Add("more", true), -1);
  EXPECT_EQ(table.Add("l63", true), 63);  // it is there already
  table.Imply(63, 0);
  table.Close();
  EXPECT_EQ(table.Closure(LabelBit(63)), LabelBit(63) | LabelBit(0));
}

}  // namespace
}  // namespace herald::policy
