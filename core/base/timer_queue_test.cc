// SPDX-License-Identifier: Apache-2.0
#include "core/base/timer_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace herald {
namespace {

constexpr Time At(int seconds) { return Time(std::chrono::seconds(seconds)); }

class TimerQueueTest : public testing::Test {
 protected:
  TimerId Add(Time when, const std::string& name) {
    return timers_.Add(when, [this, name] { ran_ += name; });
  }
  TimerQueue timers_;
  std::string ran_;
};

TEST_F(TimerQueueTest, RunsWhatIsDueInOrderOfTime) {
  Add(At(2), "b");
  Add(At(1), "a");
  Add(At(3), "c");
  timers_.RunDue(At(2));
  EXPECT_EQ(ran_, "ab");
  EXPECT_EQ(timers_.Next(), At(3));
}

TEST_F(TimerQueueTest, EqualTimesRunInOrderOfCreation) {
  Add(At(1), "first ");
  Add(At(1), "second ");
  timers_.RunDue(At(1));
  EXPECT_EQ(ran_, "first second ");
}

TEST_F(TimerQueueTest, ACancelledTimerDoesNotRun) {
  TimerId id = Add(At(1), "a");
  timers_.Cancel(id);
  timers_.RunDue(At(1));
  EXPECT_EQ(ran_, "");
  EXPECT_TRUE(timers_.empty());
}

TEST_F(TimerQueueTest, UnknownFiredAndZeroIdsMayBeCancelled) {
  TimerId id = Add(At(1), "a");
  timers_.RunDue(At(1));
  timers_.Cancel(id);
  timers_.Cancel(0);
  timers_.Cancel(77);
  EXPECT_EQ(ran_, "a");
}

TEST_F(TimerQueueTest, WhatATimerAddsRunsIfDue) {
  timers_.Add(At(1), [this] { Add(At(1), "added"); });
  timers_.RunDue(At(1));
  EXPECT_EQ(ran_, "added");
}

TEST_F(TimerQueueTest, ATimerMayCancelTheNextOne) {
  TimerId next = 0;
  timers_.Add(At(1), [&] { timers_.Cancel(next); });
  next = Add(At(1), "next");
  timers_.RunDue(At(1));
  EXPECT_EQ(ran_, "");
}

TEST_F(TimerQueueTest, AnEmptyQueueIsNeverDue) {
  EXPECT_EQ(timers_.Next(), kNever);
}

}  // namespace
}  // namespace herald
