// SPDX-License-Identifier: Apache-2.0
#include "core/net/doorbell.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "core/net/asio_loop.h"

namespace herald::net {
namespace {

// Turns the loop until `done`, each turn waiting for an event.
template <typename Done>
void RunUntil(AsioLoop& loop, Done done) {
  for (int turn = 0; turn < 200 && !done(); ++turn) {
    loop.RunTurn(std::chrono::milliseconds(50));
  }
}

TEST(DoorbellTest, ARingFromAnotherThreadIsHeardOnTheLoops) {
  AsioLoop loop;
  const auto here = std::this_thread::get_id();
  std::thread::id heard_on;
  Doorbell bell(loop, [&] { heard_on = std::this_thread::get_id(); });
  std::thread other([&bell] { bell.Ring(); });
  RunUntil(loop, [&] { return heard_on == here; });
  other.join();
  EXPECT_EQ(heard_on, here);
}

TEST(DoorbellTest, RingsBeforeTheLoopLooksAreOne) {
  AsioLoop loop;
  int looks = 0;
  Doorbell bell(loop, [&] { ++looks; });
  bell.Ring();
  bell.Ring();
  RunUntil(loop, [&] { return looks > 0; });
  loop.RunTurn(std::chrono::milliseconds(1));
  EXPECT_EQ(looks, 1);
  bell.Ring();
  RunUntil(loop, [&] { return looks > 1; });
  EXPECT_EQ(looks, 2);
}

TEST(DoorbellTest, MayBeDestroyedByWhatItCalls) {
  AsioLoop loop;
  std::unique_ptr<Doorbell> bell;
  bell = std::make_unique<Doorbell>(loop, [&] { bell.reset(); });
  bell->Ring();
  RunUntil(loop, [&] { return bell == nullptr; });
  EXPECT_EQ(bell, nullptr);
}

}  // namespace
}  // namespace herald::net
