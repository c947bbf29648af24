// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/tier_control.h"

#include <gtest/gtest.h>

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);
constexpr size_t kEdge = static_cast<size_t>(Tier::kFarEdge);
constexpr size_t kCloud = static_cast<size_t>(Tier::kCloud);

class TierControlTest : public testing::Test {
 protected:
  TierControlTest() {
    Set(Tier::kFarEdge, 0, 50ms);
    Set(Tier::kCloud, 0, 150ms);
  }

  // A tier of four peers with 8 calls each at best.
  void Set(Tier tier, uint64_t in_flight, Duration cost) {
    const auto t = static_cast<size_t>(tier);
    tiers_[t] = {
        .present = true, .usable = 4, .in_flight = in_flight, .limit = 32};
    costs_[t] = cost;
  }

  // Asks every 50 ms.
  void Run(Duration time) {
    const Time end = now_ + time;
    for (; now_ < end; now_ += 50ms) {
      if (control_.Observe(tiers_, now_)) control_.Step(tiers_, costs_, now_);
    }
  }

  double spill() { return control_.spill(Tier::kFarEdge); }

  TierControl control_;
  TierViews tiers_ = {};
  TierCosts costs_ = {kNoCost, kNoCost, kNoCost, kNoCost};
  Time now_ = kStart;
  Random random_{3};
};

TEST_F(TierControlTest, SpillsNothingWhileAllIsWell) {
  Run(10s);
  EXPECT_EQ(spill(), 0);
  EXPECT_EQ(control_.Admit(tiers_, random_), Tier::kFarEdge);
}

TEST_F(TierControlTest, SpillsATenthEachHalfSecondWhileItIsCrowded) {
  Set(Tier::kFarEdge, 29, 50ms);  // 0.906
  Run(501ms);
  EXPECT_NEAR(spill(), 0.1, 1e-9);
  Run(1s);
  EXPECT_NEAR(spill(), 0.3, 1e-9);
  Run(10s);
  EXPECT_EQ(spill(), 1);
}

TEST_F(TierControlTest, SpillsWhileItCostsAQuarterMoreThanFurtherOut) {
  // The bound is 1.25 * 150 + 3 = 190.5 ms.
  Set(Tier::kFarEdge, 0, 190ms);
  Run(5s);
  EXPECT_EQ(spill(), 0);
  Set(Tier::kFarEdge, 0, 191ms);
  Run(500ms);
  EXPECT_NEAR(spill(), 0.1, 1e-9);
}

TEST_F(TierControlTest, HoldsBetweenTheBounds) {
  Set(Tier::kFarEdge, 26, 300ms);
  Run(2s + 1ms);
  const double held = spill();
  EXPECT_NEAR(held, 0.4, 1e-9);
  Set(Tier::kFarEdge, 26, 50ms);  // cheap, but 0.81 of it is in use
  Run(10s);
  EXPECT_EQ(spill(), held);
  Set(Tier::kFarEdge, 0, 170ms);  // 160.5 and 190.5 are the bounds
  Run(10s);
  EXPECT_EQ(spill(), held);
}

TEST_F(TierControlTest, ComesBackAtHalfTheSpeed) {
  Set(Tier::kFarEdge, 0, 300ms);
  Run(10s);
  ASSERT_EQ(spill(), 1);
  Set(Tier::kFarEdge, 0, 50ms);
  Run(500ms);
  EXPECT_NEAR(spill(), 0.95, 1e-9);
  Run(10s);
  EXPECT_EQ(spill(), 0);
}

TEST_F(TierControlTest, DoesNotSpillIntoACrowd) {
  Set(Tier::kFarEdge, 32, 50ms);
  Set(Tier::kCloud, 32, 150ms);
  Run(10s);
  EXPECT_EQ(spill(), 0);
}

TEST_F(TierControlTest, ADeadTierGivesEverythingAtOnceAndTakesItBackSlowly) {
  Run(1s);
  tiers_[kEdge].usable = 0;
  costs_[kEdge] = kNoCost;
  control_.Observe(tiers_, now_);
  EXPECT_EQ(spill(), 1);
  EXPECT_EQ(control_.Admit(tiers_, random_), Tier::kCloud);
  Set(Tier::kFarEdge, 0, 50ms);
  Run(1s + 1ms);  // steps at 1.0, 1.5 and 2.0 s
  EXPECT_NEAR(spill(), 0.85, 1e-9);
}

TEST_F(TierControlTest, CatchesUpAfterAPauseOfTenSecondsAtMost) {
  Run(51ms);
  Set(Tier::kFarEdge, 0, 300ms);
  now_ += 2s;
  Run(1ms);
  EXPECT_NEAR(spill(), 0.4, 1e-9);
  Run(10s);
  Set(Tier::kFarEdge, 0, 50ms);
  now_ += 1h;
  Run(1ms);  // 20 steps of 0.05
  EXPECT_NEAR(spill(), 0, 1e-9);
}

TEST_F(TierControlTest, TheOutermostTierKeepsItsCalls) {
  Set(Tier::kCloud, 32, 900ms);
  Run(10s);
  EXPECT_EQ(control_.spill(Tier::kCloud), 0);
  tiers_[kCloud].usable = 0;  // alone, the edge has nowhere to spill to
  costs_[kCloud] = kNoCost;
  Set(Tier::kFarEdge, 32, 900ms);
  Run(10s);
  EXPECT_EQ(spill(), 0);
}

TEST_F(TierControlTest, AdmitsByTheShare) {
  Set(Tier::kFarEdge, 0, 300ms);
  Run(1s + 501ms);  // 0.3
  int out = 0;
  for (int i = 0; i < 1000; ++i) {
    out += control_.Admit(tiers_, random_) == Tier::kCloud;
  }
  EXPECT_NEAR(out, 300, 75);  // 5 sigma
  EXPECT_EQ(control_.Likeliest(tiers_), Tier::kFarEdge);
}

}  // namespace
}  // namespace herald::routing
