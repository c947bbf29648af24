// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/peer_state.h"

#include <gtest/gtest.h>

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);

LoadReport Report(uint32_t in_flight, std::optional<Duration> ttfb) {
  return {.in_flight = in_flight, .limit = 8, .ttfb = ttfb};
}

double Ms(Duration d) { return ToMillis(d); }

TEST(PeerStateTest, ExpectsARoundTripByTierUntilOneIsMeasured) {
  PeerState peer("fra");
  EXPECT_EQ(peer.Rtt(Tier::kDevice), 2ms);
  EXPECT_EQ(peer.Rtt(Tier::kFarEdge), 5ms);
  EXPECT_EQ(peer.Rtt(Tier::kNearEdge), 20ms);
  EXPECT_EQ(peer.Rtt(Tier::kCloud), 60ms);
  EXPECT_FALSE(peer.measured_rtt());
  peer.OnRtt(7ms, 1ms);
  EXPECT_EQ(peer.Rtt(Tier::kCloud), 7ms);
  EXPECT_EQ(peer.rtt_variation(), 1ms);
}

TEST(PeerStateTest, LosesItsReportWithTheLastOfItsWays) {
  PeerState peer("fra");
  for (const char* way : {"slice", "net"}) {
    peer.SetLink(Link::kUp, kStart, way);
  }
  peer.OnReport(Report(3, 10ms), kStart);
  peer.SetLink(Link::kDown, kStart, "slice");
  EXPECT_EQ(peer.link(), Link::kUp);
  EXPECT_EQ(peer.way().name(), "net");
  EXPECT_TRUE(peer.reported_ttfb());
  peer.SetLink(Link::kDown, kStart, "net");
  EXPECT_EQ(peer.link(), Link::kDown);
  EXPECT_FALSE(peer.reported_ttfb());
}

TEST(PeerStateTest, AFirstByteIsLessTheRoundTripOfItsOwnWay) {
  PeerState peer("fra");
  peer.Way("slice").OnRtt(4ms, 0ms);
  peer.Way("net").OnRtt(30ms, 0ms);
  peer.OnFirstByte(50ms, kStart, &peer.Way("net"));
  EXPECT_EQ(peer.Service(kStart), 20ms);
}

TEST(PeerStateTest, TheOnlyWayNeedsNoName) {
  PeerState peer("fra");
  peer.OnRtt(4ms, 0ms);
  EXPECT_EQ(peer.Way("net").measured_rtt(), 4ms);  // named later
  EXPECT_EQ(&peer.Way(), &peer.Way("net"));
}

TEST(PeerStateTest, PredictsTheReportedCallsAndOurOwnSince) {
  PeerState peer("fra");
  peer.OnReport(Report(3, 10ms), kStart);
  EXPECT_EQ(peer.PredictedInFlight(), 3u);
  peer.OnSent(kStart);
  peer.OnSent(kStart);
  EXPECT_EQ(peer.PredictedInFlight(), 5u);
  EXPECT_EQ(peer.in_flight(), 2u);
  peer.OnReport(Report(4, 10ms), kStart);  // the new report counts them
  EXPECT_EQ(peer.PredictedInFlight(), 4u);
}

TEST(PeerStateTest, CountsACallThatEndedNoLonger) {
  PeerState peer("fra");
  peer.OnSent(kStart);
  peer.OnReport(Report(1, 10ms), kStart);  // rode on that call's response
  peer.OnDone(false, kStart);
  EXPECT_EQ(peer.PredictedInFlight(), 0u);
  peer.OnSent(kStart);
  peer.OnDone(true, kStart);  // ended without a report
  EXPECT_EQ(peer.PredictedInFlight(), 0u);
}

TEST(PeerStateTest, ServiceIsThePriorUntilThePeerReports) {
  PeerState peer("fra");
  EXPECT_EQ(peer.Service(kStart), 50ms);
  peer.OnReport(Report(0, std::nullopt), kStart);
  EXPECT_EQ(peer.Service(kStart), 50ms);
  EXPECT_FALSE(peer.ServiceKnown(kStart));
  peer.OnReport(Report(0, 12ms), kStart);
  EXPECT_EQ(peer.Service(kStart), 12ms);
  EXPECT_TRUE(peer.ServiceKnown(kStart));
}

TEST(PeerStateTest, ServiceStretchesBeyondThePeersLimitAtMostFourTimes) {
  PeerState peer("fra");
  peer.OnReport(Report(7, 10ms), kStart);
  peer.OnSent(kStart);
  EXPECT_EQ(peer.Service(kStart), 10ms);  // 8 of 8: at the limit, not beyond
  peer.OnSent(kStart);
  // q = 9 > c = 8: 10 ms * (9+1) / (7+1)
  EXPECT_NEAR(Ms(peer.Service(kStart)), 12.5, 1e-6);
  for (int i = 0; i < 100; ++i) peer.OnSent(kStart);
  EXPECT_NEAR(Ms(peer.Service(kStart)), 40, 1e-6);
}

TEST(PeerStateTest, AnOldReportBlendsTowardsThePrior) {
  PeerState peer("fra");
  peer.OnReport(Report(0, 400ms), kStart);
  EXPECT_EQ(peer.Service(kStart + 3s), 400ms);
  // 10 s later a weight of 1/e: 50 + 350/e = 178.76
  EXPECT_NEAR(Ms(peer.Service(kStart + 13s)), 178.76, 0.01);
  EXPECT_NEAR(Ms(peer.Service(kStart + 120s)), 50, 0.01);
}

TEST(PeerStateTest, OwnFirstBytesStandInForASilentReport) {
  PeerState peer("fra");
  peer.OnRtt(4ms, 0ms);
  peer.OnReport(Report(0, std::nullopt), kStart);
  peer.OnFirstByte(24ms, kStart);
  EXPECT_EQ(peer.Service(kStart), 20ms);
  // From 3 s on they blend too: 50 - 30*exp(-0.2)
  EXPECT_NEAR(Ms(peer.Service(kStart + 5s)), 25.44, 0.01);
  EXPECT_EQ(peer.Service(kStart + 5s + 1ns), 50ms);
}

TEST(PeerStateTest, AFirstByteSoonerThanTheRoundTripIsNoNegativeService) {
  PeerState peer("fra");
  peer.OnRtt(40ms, 0ms);
  peer.OnFirstByte(38ms, kStart);
  EXPECT_EQ(peer.Service(kStart), 0ms);
}

TEST(PeerStateTest, ThreeSlowCallsInARowOutvoteTheReport) {
  PeerState peer("fra");
  peer.OnRtt(4ms, 0ms);
  peer.OnReport(Report(0, 10ms), kStart);
  peer.OnFirstByte(404ms, kStart);
  peer.OnFirstByte(504ms, kStart);
  EXPECT_EQ(peer.Service(kStart), 10ms);
  peer.OnFirstByte(454ms, kStart);
  EXPECT_EQ(peer.Service(kStart), 400ms);  // the least of the three
  peer.OnFirstByte(14ms, kStart);          // one quick one lifts it
  EXPECT_EQ(peer.Service(kStart), 10ms);
}

TEST(PeerStateTest, SlowCallsOutvoteTheReportForFiveSecondsOnly) {
  PeerState peer("fra");
  for (int i = 0; i < 3; ++i) peer.OnFirstByte(400ms, kStart);
  peer.OnReport(Report(0, 10ms), kStart + 5s);
  EXPECT_GT(peer.Service(kStart + 5s), 300ms);
  EXPECT_EQ(peer.Service(kStart + 5s + 1ns), 10ms);
}

TEST(PeerStateTest, FailuresAddUpToOneAndFade) {
  PeerState peer("fra");
  EXPECT_EQ(peer.Failure(kStart), 0);
  for (double expected : {0.34, 0.68, 1.0, 1.0}) {
    peer.OnSent(kStart);
    peer.OnDone(true, kStart);
    EXPECT_NEAR(peer.Failure(kStart), expected, 1e-9);
  }
  EXPECT_NEAR(peer.Failure(kStart + 10s), 0.3679, 1e-4);  // 1/e
}

TEST(PeerStateTest, ASuccessDoesNotMakeUpForAFailure) {
  PeerState peer("fra");
  for (bool failed : {true, false}) {
    peer.OnSent(kStart);
    peer.OnDone(failed, kStart);
  }
  EXPECT_NEAR(peer.Failure(kStart), 0.34, 1e-9);
}

TEST(PeerStateTest, WhatThePeerSaysOfItsAgentCountsAsItsFailures) {
  PeerState peer("fra");
  LoadReport report = Report(0, 10ms);
  report.failing = 0.68;
  peer.OnReport(report, kStart);
  EXPECT_NEAR(peer.Failure(kStart), 0.68, 1e-9);
  EXPECT_NEAR(peer.Failure(kStart + 10s), 0.68 * 0.3679, 1e-4);
  peer.OnReport(Report(0, 10ms), kStart + 11s);
  EXPECT_EQ(peer.Failure(kStart + 11s), 0);
}

TEST(PeerStateTest, AReportOfAFailingAgentDoesNotCloseTheBreaker) {
  PeerState peer("fra");
  for (int i = 0; i < 3; ++i) {
    peer.OnSent(kStart);
    peer.OnDone(true, kStart);
  }
  const Time ripe = peer.breaker().open_until();
  LoadReport report = Report(0, 10ms);
  report.failing = 0.5;
  peer.OnReport(report, ripe);
  EXPECT_EQ(peer.breaker().state(ripe), Breaker::State::kRipe);
  report.failing = 0.49;
  peer.OnReport(report, ripe);
  EXPECT_EQ(peer.breaker().state(ripe), Breaker::State::kClosed);
}

TEST(PeerStateTest, AnEndThatSaysNothingOfThePeerChangesNothing) {
  PeerState peer("fra");
  for (int i = 0; i < 5; ++i) {
    for (Fate fate : {Fate::kUnknown, Fate::kTurnedAway}) {
      peer.OnSent(kStart);
      peer.OnDone(fate, kStart);
    }
  }
  EXPECT_EQ(peer.Failure(kStart), 0);
  EXPECT_EQ(peer.breaker().state(kStart), Breaker::State::kClosed);
}

TEST(PeerStateTest, ASuccessfulTrialClearsTheFailuresAndStartsSlowly) {
  PeerState peer("fra");
  peer.SetLink(Link::kUp, kStart - 1min);
  for (int i = 0; i < 3; ++i) {
    peer.OnSent(kStart);
    peer.OnDone(true, kStart);
  }
  EXPECT_EQ(peer.breaker().state(kStart), Breaker::State::kOpen);
  EXPECT_EQ(peer.Warmth(kStart), 1);
  const Time ripe = peer.breaker().open_until();
  peer.OnSent(ripe);
  peer.OnDone(false, ripe);
  EXPECT_EQ(peer.breaker().state(ripe), Breaker::State::kClosed);
  EXPECT_EQ(peer.Failure(ripe), 0);
  EXPECT_EQ(peer.Warmth(ripe), 0.1);
}

TEST(PeerStateTest, WarmsUpWithinTenSecondsOfItsFirstLink) {
  PeerState peer("fra");
  EXPECT_EQ(peer.Warmth(kStart), 0.1);
  peer.SetLink(Link::kUp, kStart);
  EXPECT_EQ(peer.Warmth(kStart), 0.1);
  EXPECT_NEAR(peer.Warmth(kStart + 5s), 0.5, 1e-9);
  EXPECT_EQ(peer.Warmth(kStart + 10s), 1);
  peer.SetLink(Link::kIdle, kStart + 20s);
  peer.SetLink(Link::kUp, kStart + 30s);  // it was only out of use
  EXPECT_EQ(peer.Warmth(kStart + 30s), 1);
  peer.SetLink(Link::kDown, kStart + 40s);
  peer.SetLink(Link::kUp, kStart + 50s);
  EXPECT_EQ(peer.Warmth(kStart + 50s), 0.1);
}

TEST(PeerStateTest, AHandshakeAfterDeathClearsFailuresWithoutACall) {
  PeerState peer("fra");
  peer.SetLink(Link::kUp, kStart);
  for (int i = 0; i < 3; ++i) {
    peer.OnSent(kStart);
    peer.OnDone(true, kStart);
  }
  peer.SetLink(Link::kDown, kStart);
  peer.SetLink(Link::kConnecting, kStart + 1ms);
  EXPECT_GT(peer.Failure(kStart + 1ms), 0.9);
  peer.SetLink(Link::kUp, kStart + 2ms);
  EXPECT_EQ(peer.Failure(kStart + 2ms), 0);
  EXPECT_EQ(peer.breaker().state(kStart + 2ms), Breaker::State::kClosed);
}

TEST(PeerStateTest, IsUnusableWhenDownOrDrainingOrInBackOff) {
  PeerState peer("fra");
  for (Link link :
       {Link::kIdle, Link::kConnecting, Link::kUp, Link::kSuspect}) {
    peer.SetLink(link, kStart);
    EXPECT_TRUE(peer.Usable(kStart)) << ToString(link);
  }
  peer.SetLink(Link::kDown, kStart);
  EXPECT_FALSE(peer.Usable(kStart));

  peer.SetLink(Link::kUp, kStart);
  peer.OnReport({.draining = true}, kStart);
  EXPECT_FALSE(peer.Usable(kStart));
  peer.OnReport({}, kStart);

  peer.BackOffUntil(kStart + 2s);
  EXPECT_FALSE(peer.Usable(kStart + 2s - 1ns));
  EXPECT_TRUE(peer.Usable(kStart + 2s));
}

TEST(PeerStateTest, ALostLinkTakesTheReportWithIt) {
  PeerState peer("fra");
  peer.SetLink(Link::kUp, kStart);
  peer.OnRtt(4ms, 1ms);
  peer.OnSent(kStart);
  peer.OnReport({.in_flight = 5, .ttfb = 9ms, .draining = true}, kStart);
  peer.SetLink(Link::kSuspect, kStart);
  EXPECT_EQ(peer.PredictedInFlight(), 5u);  // only suspected
  peer.SetLink(Link::kIdle, kStart);
  EXPECT_FALSE(peer.draining());
  EXPECT_FALSE(peer.reported_ttfb());
  EXPECT_EQ(peer.PredictedInFlight(), 1u);        // ours, until it ends
  EXPECT_EQ(peer.measured_rtt(), Duration(4ms));  // the path is still there
  peer.OnDone(true, kStart);
  EXPECT_EQ(peer.PredictedInFlight(), 0u);
}

TEST(PeerStateDeathTest, AnEndWithoutABeginningIsABug) {
  PeerState peer("fra");
  EXPECT_DEATH(peer.OnDone(false, kStart), "OnSent");
}

}  // namespace
}  // namespace herald::routing
