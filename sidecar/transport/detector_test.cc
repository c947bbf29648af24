// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/detector.h"

#include <gtest/gtest.h>

namespace herald::transport {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Path {
  const char* name;
  Duration smoothed, variation;
  Duration suspect, down, dead;
};

// The table of probe timeouts with a max_ack_delay of 5 ms: 1, 3 and 7 times
// srtt + 4 * rttvar + 5, the last at least 300 ms.
const Path kPaths[] = {
    {"same site", milliseconds(1), microseconds(300), microseconds(7200),
     microseconds(21600), milliseconds(300)},
    {"edge", milliseconds(8), milliseconds(2), milliseconds(21),
     milliseconds(63), milliseconds(300)},
    {"cloud", milliseconds(45), milliseconds(5), milliseconds(70),
     milliseconds(210), milliseconds(490)},
    {"far", milliseconds(150), milliseconds(10), milliseconds(195),
     milliseconds(585), milliseconds(1365)},
};

TEST(DetectorTest, JudgesEachPathAtItsThresholds) {
  constexpr Duration kTick(1);
  for (const Path& path : kPaths) {
    SCOPED_TRACE(path.name);
    const Measure pto = {
        ProbeTimeout(path.smoothed, path.variation, milliseconds(5))};
    EXPECT_EQ(Judge(path.suspect - kTick, pto), Health::kAlive);
    EXPECT_EQ(Judge(path.suspect, pto), Health::kSuspect);
    EXPECT_EQ(Judge(path.down - kTick, pto), Health::kSuspect);
    EXPECT_EQ(Judge(path.down, pto), Health::kDown);
    EXPECT_EQ(Judge(path.dead - kTick, pto), Health::kDown);
    EXPECT_EQ(Judge(path.dead, pto), Health::kDead);
  }
}

TEST(DetectorTest, PeerThatOwesNothingIsAlive) {
  EXPECT_EQ(Judge(std::nullopt, {milliseconds(1)}), Health::kAlive);
}

TEST(PausesTest, OneThatPausesIsGivenTimeForIt) {
  Pauses pauses;
  EXPECT_EQ(pauses.patience(Time{}), Duration::zero());
  pauses.OnReturn(milliseconds(100), Time{});
  const Measure measure = {milliseconds(7), pauses.patience(Time{})};
  EXPECT_EQ(Judge(milliseconds(7), measure), Health::kSuspect);
  EXPECT_EQ(Judge(milliseconds(149), measure), Health::kSuspect);
  EXPECT_EQ(Judge(milliseconds(150), measure), Health::kDown);
  EXPECT_EQ(Judge(milliseconds(300), measure), Health::kDead);
}

TEST(PausesTest, FarPeersKeepTheirOwnThreshold) {
  Pauses pauses;
  pauses.OnReturn(milliseconds(100), Time{});
  const Measure measure = {milliseconds(70), pauses.patience(Time{})};
  EXPECT_EQ(Judge(milliseconds(209), measure), Health::kSuspect);
  EXPECT_EQ(Judge(milliseconds(210), measure), Health::kDown);
}

TEST(PausesTest, AnOutageTeachesNothing) {
  Pauses pauses;
  pauses.OnReturn(Pauses::kLongest + milliseconds(1), Time{});
  EXPECT_EQ(pauses.patience(Time{}), Duration::zero());
}

TEST(PausesTest, ADayWithoutOneAndItIsForgotten) {
  Pauses pauses;
  pauses.OnReturn(milliseconds(100), Time{});
  const Time end = Time{} + Pauses::kRemembered;
  EXPECT_GT(pauses.patience(end - milliseconds(1)), Duration::zero());
  EXPECT_EQ(pauses.patience(end), Duration::zero());
}

TEST(DetectorTest, SteadyPathKeepsTheLeastVariation) {
  EXPECT_EQ(ProbeTimeout(milliseconds(1), Duration{0}, milliseconds(5)),
            milliseconds(7));
}

}  // namespace
}  // namespace herald::transport
