// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/retry_budget.h"

#include <gtest/gtest.h>

namespace herald::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Time kStart{seconds(100)};

int TakeAll(RetryBudget& budget, Time now) {
  int taken = 0;
  while (taken < 1000 && budget.Take(now)) ++taken;
  return taken;
}

void Call(RetryBudget& budget, int calls, Time now) {
  for (int i = 0; i < calls; ++i) budget.OnCall(now);
}

TEST(RetryBudgetTest, AQuietCallerMayRepeatThreeTimesInTenSeconds) {
  RetryBudget budget;
  EXPECT_EQ(TakeAll(budget, kStart), 3);
  EXPECT_EQ(TakeAll(budget, kStart + milliseconds(9'999)), 0);
  EXPECT_EQ(TakeAll(budget, kStart + seconds(10)), 3);
}

TEST(RetryBudgetTest, ATenthOfTheCallsComesOnTop) {
  RetryBudget budget;
  Call(budget, 100, kStart);
  EXPECT_EQ(TakeAll(budget, kStart + seconds(1)), 13);  // 100 / 10 + 3
}

TEST(RetryBudgetTest, NineCallsAreNotATenthOfAnything) {
  RetryBudget budget;
  Call(budget, 9, kStart);
  EXPECT_EQ(TakeAll(budget, kStart), 3);
  Call(budget, 1, kStart);
  EXPECT_EQ(TakeAll(budget, kStart), 1);
}

TEST(RetryBudgetTest, CallsOfTenSecondsAgoAreForgotten) {
  RetryBudget budget;
  Call(budget, 1000, kStart);
  EXPECT_EQ(TakeAll(budget, kStart + seconds(10)), 3);
}

// Whatever the order of calls and repetitions, no ten seconds see more.
TEST(RetryBudgetTest, AFullOutageCostsATenthMoreThanNoRetriesWould) {
  RetryBudget budget;
  int calls = 0;
  int taken = 0;
  for (int ms = 0; ms < 10'000; ms += 5) {  // 200 calls/s, each repeated
    const Time now = kStart + milliseconds(ms);
    budget.OnCall(now);
    ++calls;
    for (int i = 0; i < 3; ++i) taken += budget.Take(now) ? 1 : 0;
  }
  EXPECT_EQ(calls, 2000);
  EXPECT_EQ(taken, 203);  // 2000 / 10 + 3
}

TEST(RetryBudgetTest, ItIsIdleOnceItsWindowIsOver) {
  RetryBudget budget;
  EXPECT_TRUE(budget.idle(kStart));
  budget.OnCall(kStart);
  EXPECT_FALSE(budget.idle(kStart + milliseconds(9'999)));
  EXPECT_TRUE(budget.idle(kStart + seconds(10)));
}

TEST(RetryBudgetTest, ShareAndWindowCanBeOthers) {
  RetryBudget budget({.per_thousand = 20, .besides = 0, .window = seconds(60)});
  Call(budget, 99, kStart);
  EXPECT_EQ(TakeAll(budget, kStart + seconds(30)), 1);  // 99 / 50
  Call(budget, 1, kStart + seconds(30));
  EXPECT_EQ(TakeAll(budget, kStart + seconds(50)), 1);
}

}  // namespace
}  // namespace herald::routing
