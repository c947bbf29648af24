// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/path_size.h"

#include <gtest/gtest.h>

#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<uint16_t> kSteps = {1452, 4096, 65000};
constexpr Duration kPatience = milliseconds(30);

struct PathSizeTest : ::testing::Test {
  void Lose(uint64_t packets, uint64_t each) {
    size.OnLost(packets, packets * each, now);
    now += kPatience;
    size.Judge(path, kPatience, now);
  }
  size_t Cap() { return size.Cap(path, now); }
  Time now{seconds(1)};
  size_t path = 65000;
  PathSize size{kSteps};
};

TEST_F(PathSizeTest, ThreeLongPacketsInARowThatVanishAreABlackHole) {
  EXPECT_EQ(Cap(), SIZE_MAX);
  Lose(2, 65000);
  EXPECT_EQ(Cap(), SIZE_MAX);
  Lose(1, 65000);
  EXPECT_EQ(Cap(), kLeastPath);
  EXPECT_EQ(size.black_holes(), 1);
}

TEST_F(PathSizeTest, ShortOnesThatVanishSayNothing) {
  Cap();
  Lose(100, 1200);
  EXPECT_EQ(Cap(), SIZE_MAX);
}

TEST_F(PathSizeTest, LongOneThatPassesClearsThePath) {
  Cap();
  Lose(2, 65000);
  size.OnDelivered(4096);  // which a packet of 4096 could carry
  Lose(0, 0);
  size.OnDelivered(16 << 10);
  Lose(2, 65000);
  EXPECT_EQ(Cap(), SIZE_MAX);
}

TEST_F(PathSizeTest, LossIsNotJudgedBeforeLaterOnesCouldBeAcknowledged) {
  Cap();
  size.OnLost(30, 30 * 65000, now);
  size.Judge(path, kPatience, now);
  EXPECT_EQ(Cap(), SIZE_MAX);
}

TEST_F(PathSizeTest, ItClimbsBackToWhatPassesAndStaysThere) {
  Cap();
  Lose(3, 65000);
  now += seconds(1);
  EXPECT_EQ(Cap(), 1452u);
  now += seconds(1);
  EXPECT_EQ(Cap(), 4096u);
  Lose(3, 4096);
  EXPECT_EQ(Cap(), kLeastPath);
  for (int i = 0; i < 30; ++i) {
    now += seconds(1);
    EXPECT_EQ(Cap(), 1452u);
  }
}

TEST_F(PathSizeTest, WhatFailedIsTriedAgainAfterAMinuteThenTwo) {
  Cap();
  Lose(3, 65000);
  auto tried_after = [&] {
    Time from = now;
    while (Cap() < 65000 && now - from < minutes(20)) now += seconds(1);
    return std::chrono::round<minutes>(now - from);
  };
  EXPECT_EQ(tried_after(), minutes(1));
  Lose(3, 65000);
  EXPECT_EQ(tried_after(), minutes(2));
  for (int i = 0; i < 5; ++i) Lose(3, 65000), tried_after();
  Lose(3, 65000);
  EXPECT_EQ(tried_after(), minutes(10));
}

// --- The same on a connection.

struct BlackHoleTest : ::testing::Test {
  void SetUp() override {
    pair.network.defaults().delay = milliseconds(10);
    ASSERT_TRUE(pair.Up());
    pair.handler.keep_body = false;
    ear = pair.Open(TestPair::Post("/up"), false);
    RunFor(seconds(5));
    // Datagrams of 65000 bytes go through.
    ASSERT_LT(DatagramsOf(4 << 20), 400u);
  }
  uint64_t Arrived() {
    return pair.handler.calls.empty() ? 0
                                      : pair.handler.calls[0]->ear.body_bytes;
  }
  void RunFor(Duration time) {
    Time end = pair.loop.Now() + time;
    pair.loop.RunUntil(
        [&] {
          pump.Step(*ear, *ear->stream, uint64_t{1} << 40);
          return pair.loop.Now() >= end;
        },
        time);
  }
  Duration TimeUntilArrived(uint64_t more) {
    Time from = pair.loop.Now();
    uint64_t goal = Arrived() + more;
    EXPECT_TRUE(pair.loop.RunUntil([&] {
      pump.Step(*ear, *ear->stream, uint64_t{1} << 40);
      return Arrived() >= goal;
    }));
    return pair.loop.Now() - from;
  }
  uint64_t DatagramsOf(uint64_t bytes) {
    uint64_t before = pair.network.datagrams_sent();
    TimeUntilArrived(bytes);
    return pair.network.datagrams_sent() - before;
  }
  TestPair pair;
  std::unique_ptr<Ear> ear;
  Pump pump;
};

TEST_F(BlackHoleTest, BodyGoesOnWithinAFewProbeTimeouts) {
  pair.network.defaults().mtu = 1300;
  RunFor(milliseconds(10));  // what was under way arrives
  Duration stood = TimeUntilArrived(64 << 10);
  RecordProperty("stood_ms", std::to_string(ToMillis(stood)));
  // A probe timeout is 20 to 30 ms; 64 KiB in datagrams of 1200 from a small
  // window take some round trips more.
  EXPECT_LE(ToMillis(stood), 300);
  TimeUntilArrived(8 << 20);
  EXPECT_FALSE(ear->reset);
  EXPECT_GE(pair.client.link->connection().black_holes(), 1);
}

TEST_F(BlackHoleTest, PathThatWidensAgainIsUsed) {
  pair.network.defaults().mtu = 1500;
  RunFor(seconds(10));
  uint64_t narrow = DatagramsOf(4 << 20);
  EXPECT_LT(narrow, 2 * (4 << 20) / 1400) << "1452 of 1500 are used";
  pair.network.defaults().mtu = 65'507;
  pair.loop.RunFor(minutes(5));
  RunFor(seconds(10));
  EXPECT_LT(DatagramsOf(4 << 20), 400u);
}

TEST_F(BlackHoleTest, OrdinaryLossIsNone) {
  pair.network.defaults().loss = 0.01;
  TimeUntilArrived(32 << 20);
  // Three of a hundredth in a row do happen, and cost some seconds of batches.
  EXPECT_LE(pair.client.link->connection().black_holes(), 1);
}

}  // namespace
}  // namespace herald::transport
