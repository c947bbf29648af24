// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/breaker.h"

#include <gtest/gtest.h>

#include <set>

namespace herald::routing {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

constexpr Time kStart = Time(1h);

class BreakerTest : public testing::Test {
 protected:
  void Fail(int times, Time now = kStart) {
    for (int i = 0; i < times; ++i) breaker_.OnFailure(now, salt_);
  }
  // For how long it opens when it fails now.
  Duration OpenFor(Time now) {
    Fail(1, now);
    EXPECT_EQ(breaker_.state(now), State::kOpen);
    return breaker_.open_until() - now;
  }

  Breaker breaker_;
  uint64_t salt_ = 7;
};

TEST_F(BreakerTest, OpensAtTheThirdFailureInARow) {
  Fail(2);
  EXPECT_EQ(breaker_.state(kStart), State::kClosed);
  breaker_.OnSuccess();
  Fail(2);
  EXPECT_EQ(breaker_.state(kStart), State::kClosed);
  Fail(1);
  EXPECT_EQ(breaker_.state(kStart), State::kOpen);
}

TEST_F(BreakerTest, TakesOneCallOnTrialWhenItsTimeIsOver) {
  Fail(3);
  const Time ripe = breaker_.open_until();
  EXPECT_EQ(breaker_.state(ripe - 1ns), State::kOpen);
  EXPECT_EQ(breaker_.state(ripe), State::kRipe);
  EXPECT_FALSE(breaker_.on_trial());
  breaker_.OnSent(ripe);
  EXPECT_TRUE(breaker_.on_trial());
  EXPECT_TRUE(breaker_.OnSuccess());
  EXPECT_EQ(breaker_.state(ripe), State::kClosed);
  EXPECT_FALSE(breaker_.OnSuccess());  // only once
}

// 1, 2, 4, ..., 60 s, each less up to half of it.
TEST_F(BreakerTest, EveryFailedTrialDoublesTheTime) {
  Fail(2);
  Time now = kStart;
  for (Duration full : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    const Duration open = OpenFor(now);
    EXPECT_LE(open, full);
    EXPECT_GE(open, full / 2);
    now += open;
    breaker_.OnSent(now);
  }
}

TEST_F(BreakerTest, BeginsAnewAfterACalmTime) {
  Fail(3);
  breaker_.OnSent(breaker_.open_until());
  EXPECT_GE(OpenFor(breaker_.open_until()), 1s);  // the second time
  breaker_.OnSuccess();
  const Time calm = breaker_.open_until() + 10s + 1ns;
  Fail(2, calm);
  EXPECT_LE(OpenFor(calm), 1s);
}

TEST_F(BreakerTest, FailuresOfCallsSentBeforeItOpenedSayNothingNew) {
  Fail(3);
  const Time until = breaker_.open_until();
  Fail(5, kStart + 1ms);
  EXPECT_EQ(breaker_.open_until(), until);
}

TEST_F(BreakerTest, AReportClosesItWithoutACallOnceItsTimeIsOver) {
  Fail(3);
  breaker_.OnReport(kStart);
  EXPECT_EQ(breaker_.state(kStart), State::kOpen);
  const Time ripe = breaker_.open_until();
  breaker_.OnReport(ripe);
  EXPECT_EQ(breaker_.state(ripe), State::kClosed);
  Fail(1, ripe);  // its sidecar lives, its agent does not
  EXPECT_EQ(breaker_.state(ripe), State::kOpen);
}

TEST_F(BreakerTest, AReportDoesNotDecideATrialThatRuns) {
  Fail(3);
  const Time ripe = breaker_.open_until();
  breaker_.OnSent(ripe);
  breaker_.OnReport(ripe);
  EXPECT_EQ(breaker_.state(ripe), State::kRipe);
}

TEST_F(BreakerTest, AHandshakeClosesItAtOnce) {
  Fail(3);
  breaker_.OnNewLink();
  EXPECT_EQ(breaker_.state(kStart), State::kClosed);
  Fail(1);
  EXPECT_EQ(breaker_.state(kStart), State::kOpen);
}

TEST_F(BreakerTest, CallersDoNotComeBackAllAtOnce) {
  std::set<Time> times;
  for (salt_ = 0; salt_ < 20; ++salt_) {
    breaker_ = Breaker();
    Fail(3);
    times.insert(breaker_.open_until());
  }
  EXPECT_GT(times.size(), 15u);
}

}  // namespace
}  // namespace herald::routing
