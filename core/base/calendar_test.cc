// SPDX-License-Identifier: Apache-2.0
#include "core/base/calendar.h"

#include "gtest/gtest.h"

namespace herald {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

WallTime At(int64_t unix_seconds) { return WallTime(seconds(unix_seconds)); }

TEST(CalendarTest, ReadsTimesWithZoneAndFraction) {
  // 2026-11-21T00:00:00Z is day 20,778 of the epoch.
  WallTime day = At(int64_t{20778} * 86400);
  EXPECT_EQ(ParseRfc3339("2026-11-21T00:00:00Z"), day);
  EXPECT_EQ(ParseRfc3339("2026-11-21T01:30:00+01:30"), day);
  EXPECT_EQ(ParseRfc3339("2026-11-20T23:00:00-01:00"), day);
  EXPECT_EQ(ParseRfc3339("2026-11-21T00:00:01.250Z"), day + milliseconds(1250));
}

TEST(CalendarTest, RefusesWhatIsNoTime) {
  for (const char* text :
       {"2026-11-21", "2026-11-21T00:00:00", "2026-11-21 00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T00:00:60Z",
        "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00+1:00",
        "2026-11-21T00:00:00Zx", "2026-02-29T00:00:00Z", ""}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(CalendarTest, ADateIsADayThatExists) {
  EXPECT_EQ(ParseDate("1970-01-02"), At(86400));
  EXPECT_TRUE(ParseDate("2028-02-29"));
  for (const char* text : {"2027-02-29", "2027-13-01", "2027-00-10", "27-01-01",
                           "2027-01-32", "1969-12-31", "2200-01-01"}) {
    EXPECT_FALSE(ParseDate(text)) << text;
  }
  EXPECT_TRUE(ParseDate("2199-12-31"));
}

TEST(CalendarTest, WhatIsWrittenIsReadAgain) {
  for (const char* text : {"2026-11-21T02:50:00Z", "2199-12-31T23:59:59Z",
                           "2026-11-21T02:50:00.0625Z"}) {
    EXPECT_EQ(ToRfc3339(*ParseRfc3339(text)), text);
  }
  EXPECT_EQ(ToDate(*ParseDate("2027-01-15") + hours(23)), "2027-01-15");
}

}  // namespace
}  // namespace herald
