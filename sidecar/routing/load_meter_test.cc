// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/load_meter.h"

#include <gtest/gtest.h>

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);

double ReportedMs(const LoadMeter& meter) {
  return ToMillis(meter.Report(kStart).ttfb.value_or(Duration(0)));
}

// One call that met an idle agent.
void Serve(LoadMeter& meter, Duration ttfb, Time now) {
  const uint32_t met = meter.OnStart();
  meter.OnFirstByte(met, ttfb, now);
  meter.OnEnd();
}

TEST(LoadMeterTest, CountsCallsInFlight) {
  LoadMeter meter(5);
  EXPECT_EQ(meter.OnStart(), 0u);
  EXPECT_EQ(meter.OnStart(), 1u);
  EXPECT_EQ(meter.Report(kStart).in_flight, 2u);
  EXPECT_EQ(meter.Report(kStart).limit, 5u);
  meter.OnEnd();
  EXPECT_EQ(meter.Report(kStart).in_flight, 1u);
}

TEST(LoadMeterTest, SaysNothingOfTimesItHasNotMeasured) {
  EXPECT_FALSE(LoadMeter().Report(kStart).ttfb);
}

TEST(LoadMeterTest, ReportsTheMedian) {
  LoadMeter meter;
  for (Duration ttfb : {30ms, 10ms, 500ms, 20ms, 25ms}) {
    Serve(meter, ttfb, kStart);
  }
  // The median is 25 ms, usual is the geometric mean of 37.6 ms;
  // exp((5 * ln 25 + 4 * ln 37.6) / 9) = 30.0
  EXPECT_NEAR(ReportedMs(meter), 30.0, 0.1);
}

TEST(LoadMeterTest, HoldsAFewLuckySamplesAgainstWhatIsUsual) {
  LoadMeter meter;
  for (int i = 0; i < 32; ++i) Serve(meter, 40ms, kStart - 6s);
  Serve(meter, 9ms, kStart);
  // Usual is 38.2 ms now; exp((ln 9 + 4 * ln 38.2) / 5) = 28.6
  EXPECT_NEAR(ReportedMs(meter), 28.6, 0.1);
  for (int i = 0; i < 4; ++i) Serve(meter, 900ms, kStart);
  EXPECT_EQ(ReportedMs(meter), 900);  // bad luck is believed; it fades
}

TEST(LoadMeterTest, ForgetsSamplesAfterFiveSeconds) {
  LoadMeter meter;
  Serve(meter, 400ms, kStart);
  EXPECT_TRUE(meter.Report(kStart + 5s).ttfb);
  EXPECT_FALSE(meter.Report(kStart + 5s + 1ns).ttfb);
}

TEST(LoadMeterTest, MovesWithTheNewestSixteen) {
  LoadMeter meter;
  for (int i = 0; i < 40; ++i) Serve(meter, 10ms, kStart);
  for (int i = 0; i < 7; ++i) Serve(meter, 400ms, kStart);
  EXPECT_LT(ReportedMs(meter), 15);
  Serve(meter, 400ms, kStart);  // 8 of 16
  EXPECT_GT(ReportedMs(meter), 200);
}

TEST(LoadMeterTest, ComparesWithTimesMeasuredAtThisLoad) {
  LoadMeter meter;
  for (int i = 0; i < 10; ++i) Serve(meter, 10ms, kStart);  // met nobody
  for (int i = 0; i < 8; ++i) meter.OnStart();
  meter.OnFirstByte(7, 80ms, kStart);
  meter.OnFirstByte(6, 70ms, kStart);   // within 25 % of 8
  meter.OnFirstByte(5, 900ms, kStart);  // not
  EXPECT_EQ(ReportedMs(meter), 80);
  for (int i = 0; i < 8; ++i) meter.OnEnd();
  // Usual is (10 ln 10 + ln 80 + ln 70 + ln 900) / 13 = ln 19.3.
  EXPECT_NEAR(ReportedMs(meter), 12.1, 0.1);  // 10 of 10, 4 of 19.3
}

TEST(LoadMeterTest, TakesTheNearestLoadWhereNoneIsNear) {
  LoadMeter meter;
  Serve(meter, 10ms, kStart);  // met nobody
  for (int i = 0; i < 4; ++i) meter.OnStart();
  meter.OnFirstByte(1, 20ms, kStart);
  for (int i = 0; i < 8; ++i) meter.OnStart();  // 12 now
  EXPECT_EQ(ReportedMs(meter), 20);
}

TEST(LoadMeterTest, SaysThatItDrains) {
  LoadMeter meter;
  EXPECT_FALSE(meter.Report(kStart).draining);
  meter.SetDraining(true);
  EXPECT_TRUE(meter.Report(kStart).draining);
}

TEST(LoadMeterTest, ReportsHowTheAgentFailsUntilItServesAgain) {
  LoadMeter meter;
  EXPECT_EQ(meter.Report(kStart).failing, 0);
  for (int i = 0; i < 3; ++i) meter.OnFailure(kStart);
  EXPECT_EQ(meter.Report(kStart).failing, 1);
  EXPECT_NEAR(meter.Report(kStart + 10s).failing, 0.3679, 1e-4);
  Serve(meter, 10ms, kStart);
  EXPECT_EQ(meter.Report(kStart).failing, 0.5);
}

TEST(LoadMeterTest, ACallIsHopelessWhereNobodyWasAnsweredSoSoon) {
  LoadMeter meter;
  for (int i = 0; i < 8; ++i) Serve(meter, 300ms, kStart);
  EXPECT_TRUE(meter.Hopeless(299ms, kStart));
  EXPECT_FALSE(meter.Hopeless(300ms, kStart));
  EXPECT_FALSE(meter.Hopeless(299ms, kStart + 6s));  // that was long ago
}

TEST(LoadMeterTest, ItTakesEightToKnowThatACallIsHopeless) {
  LoadMeter meter;
  for (int i = 0; i < 7; ++i) Serve(meter, 300ms, kStart);
  EXPECT_FALSE(meter.Hopeless(1ms, kStart));
  Serve(meter, 300ms, kStart);
  EXPECT_TRUE(meter.Hopeless(1ms, kStart));
}

TEST(LoadMeterTest, QuickWorkBesideSlowIsNotHopeless) {
  LoadMeter meter;
  Serve(meter, 2ms, kStart);
  for (int i = 0; i < 15; ++i) Serve(meter, 3s, kStart);
  EXPECT_FALSE(meter.Hopeless(100ms, kStart));
}

TEST(LoadMeterTest, OneHopelessCallASecondIsTriedAllTheSame) {
  LoadMeter meter;
  int tried = 0;
  for (int ms = 0; ms < 4'000; ms += 10) {
    const Time now = kStart + std::chrono::milliseconds(ms);
    Serve(meter, 300ms, now);
    if (ms < 100) continue;
    tried += meter.Hopeless(10ms, now) ? 0 : 1;
  }
  EXPECT_EQ(tried, 3);  // at 1.1, 2.1 and 3.1 s
}

}  // namespace
}  // namespace herald::routing
