// SPDX-License-Identifier: Apache-2.0
#include "core/net/asio_loop.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>
#include <vector>

namespace herald::net {
namespace {

using std::chrono::milliseconds;

TEST(AsioLoopTest, NowStandsStillWithinATurn) {
  AsioLoop loop;
  Time first, last;
  loop.Post([&] {
    first = loop.Now();
    for (volatile int i = 0; i < 100'000;) i = i + 1;
    last = loop.Now();
  });
  loop.RunTurn();
  EXPECT_EQ(first, last);
}

TEST(AsioLoopTest, NowMovesFromTurnToTurn) {
  AsioLoop loop;
  Time first = loop.Now();
  loop.RunTurn(milliseconds(1));
  EXPECT_GT(loop.Now(), first);
}

TEST(AsioLoopTest, WhatIsPostedRunsInTheSameTurnAfterThePoster) {
  AsioLoop loop;
  std::string seen;
  loop.Post([&] {
    loop.Post([&] { seen += "b"; });
    seen += "a";
  });
  loop.RunTurn();
  EXPECT_EQ(seen, "ab");
}

TEST(AsioLoopTest, TurnEndComesAfterTimersAndPosts) {
  AsioLoop loop;
  std::string seen;
  loop.AtTurnEnd([&] { seen += "e"; });
  loop.Post([&] { seen += "p"; });
  loop.RunAt(loop.Now(), [&] { seen += "t"; });
  loop.RunTurn();
  EXPECT_EQ(seen, "tpe");
}

TEST(AsioLoopTest, WhatATurnEndAsksForStillRunsInThatTurn) {
  AsioLoop loop;
  std::string seen;
  loop.AtTurnEnd([&] {
    loop.AtTurnEnd([&] { seen += "2"; });
    loop.Post([&] { seen += "1"; });
  });
  loop.RunTurn();
  EXPECT_EQ(seen, "12");
}

TEST(AsioLoopTest, ATurnEndCallbackRunsOnce) {
  AsioLoop loop;
  int runs = 0;
  loop.AtTurnEnd([&] { ++runs; });
  loop.RunTurn();
  loop.RunTurn(milliseconds(1));
  EXPECT_EQ(runs, 1);
}

TEST(AsioLoopTest, AFunctionMayItselfRunATurn) {
  AsioLoop loop;
  std::vector<std::string> order;
  loop.Post([&] {
    loop.Post([&] { order.push_back("inner"); });
    loop.RunTurn(Duration::zero());
    order.push_back("outer");
  });
  loop.Post([&] { order.push_back("next"); });
  loop.RunTurn();
  EXPECT_EQ(order, (std::vector<std::string>{"inner", "outer", "next"}));
}

TEST(AsioLoopTest, ATimerIsNeverEarly) {
  AsioLoop loop;
  Time due = loop.Now() + milliseconds(3);
  Time ran{};
  loop.RunAt(due, [&] { ran = loop.Now(); });
  for (int turns = 0; turns < 100 && ran == Time{}; ++turns) loop.RunTurn();
  EXPECT_GE(ran, due);
}

// The alarm still rings for the cancelled timer; that must neither run
// anything nor lose the later one.
TEST(AsioLoopTest, ALaterTimerRunsAfterAnEarlierOneWasCancelled) {
  AsioLoop loop;
  std::string seen;
  TimerId early =
      loop.RunAt(loop.Now() + milliseconds(1), [&] { seen += "early"; });
  loop.RunTurn(Duration::zero());
  loop.RunAt(loop.Now() + milliseconds(4), [&] { seen += "late"; });
  loop.Cancel(early);
  for (int turns = 0; turns < 100 && seen.empty(); ++turns) loop.RunTurn();
  EXPECT_EQ(seen, "late");
}

TEST(AsioLoopTest, AnEarlierTimerIsNotHeldUpByALaterAlarm) {
  AsioLoop loop;
  bool ran = false;
  loop.RunAt(loop.Now() + std::chrono::hours(1), [] {});
  loop.RunTurn(Duration::zero());
  loop.RunAt(loop.Now() + milliseconds(1), [&] { ran = true; });
  for (int turns = 0; turns < 100 && !ran; ++turns) loop.RunTurn();
  EXPECT_TRUE(ran);
}

TEST(AsioLoopTest, KnowsWhetherItSlept) {
  AsioLoop loop;
  loop.RunTurn(milliseconds(1));  // nothing is ready: it waits in vain
  EXPECT_TRUE(loop.slept());
  loop.Post([] {});
  loop.RunTurn();
  EXPECT_FALSE(loop.slept());
}

// What a stopped process is to itself: it stands in its wait until a timer is
// long due, and somebody has written meanwhile.
int g_write_to = -1;
void StandStill(int) {
  poll(nullptr, 0, 20);  // milliseconds
  [[maybe_unused]] ssize_t n = write(g_write_to, "x", 1);
}

TEST(AsioLoopTest, ATurnThatComesLateReadsBeforeItsTimersJudge) {
  AsioLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  g_write_to = ends[1];
  boost::asio::posix::stream_descriptor in(loop.context(), ends[0]);
  std::string seen;
  in.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                [&](auto) { seen += "read "; });
  loop.RunAt(loop.Now() + milliseconds(4), [&] { seen += "timer"; });
  struct sigaction action = {}, before = {};
  action.sa_handler = StandStill;
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  const itimerval soon = {.it_interval = {}, .it_value = {0, 1000}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &soon, nullptr), 0);
  for (int turns = 0; turns < 100 && seen.size() < 5; ++turns) loop.RunTurn();
  sigaction(SIGALRM, &before, nullptr);
  close(ends[1]);
  EXPECT_EQ(seen, "read timer");
}

TEST(AsioLoopTest, StopEndsRunAfterTheRunningTurn) {
  AsioLoop loop;
  bool ended = false;
  loop.Post([&] {
    loop.Stop();
    loop.AtTurnEnd([&] { ended = true; });
  });
  loop.Run();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace herald::net
