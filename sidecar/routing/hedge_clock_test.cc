// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/hedge_clock.h"

#include <gtest/gtest.h>

namespace herald::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Time kStart{seconds(1000)};

TEST(HedgeClockTest, LateIsLaterThanNineteenOfTwenty) {
  HedgeClock clock;
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(clock.Patience(kStart), std::nullopt) << i;
    clock.OnFirstByte(milliseconds(i), kStart);
  }
  EXPECT_EQ(clock.Patience(kStart), Duration(milliseconds(19)));
}

TEST(HedgeClockTest, OnlyTheLastMinuteCounts) {
  HedgeClock clock;
  for (int i = 0; i < 20; ++i) clock.OnFirstByte(seconds(9), kStart);
  EXPECT_TRUE(clock.Patience(kStart + seconds(60)).has_value());
  EXPECT_EQ(clock.Patience(kStart + seconds(61)), std::nullopt);
}

TEST(HedgeClockTest, NothingIsLateWithinAMillisecond) {
  HedgeClock clock;
  for (int i = 0; i < 20; ++i) clock.OnFirstByte(Duration(0), kStart);
  EXPECT_EQ(clock.Patience(kStart), Duration(milliseconds(1)));
}

TEST(HedgeClockTest, OneCallInFiftyIsHedgedAtMost) {
  HedgeClock clock;
  for (int i = 0; i < 49; ++i) clock.OnCall(kStart);
  EXPECT_FALSE(clock.Take(kStart));
  clock.OnCall(kStart);
  EXPECT_TRUE(clock.Take(kStart));
  EXPECT_FALSE(clock.Take(kStart));
}

}  // namespace
}  // namespace herald::routing
