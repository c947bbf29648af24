// SPDX-License-Identifier: Apache-2.0
#include "discovery/backoff.h"

#include <gtest/gtest.h>

namespace herald::discovery {
namespace {

TEST(BackoffTest, DoublesUpToItsBoundAndForgetsInHealth) {
  // The bound is seen as the longest of many draws of each step.
  Duration longest[8] = {};
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    Backoff backoff;
    Time now{};
    for (Duration& one : longest) {
      const Duration wait = backoff.Next(now, random);
      EXPECT_GE(wait, Duration::zero());
      one = std::max(one, wait);
      now += wait;
    }
  }
  double bound = 0.8;
  for (const Duration& one : longest) {
    const double took = std::chrono::duration<double>(one).count();
    EXPECT_LE(took, bound);
    EXPECT_GT(took, bound * 0.95);
    bound = std::min(bound * 2, 30.0);
  }
  Random random(1);
  Backoff backoff;
  for (int i = 0; i < 10; ++i) backoff.Next(Time{}, random);
  EXPECT_LE(backoff.Next(Time{} + Backoff::kForgets, random), Backoff::kFirst);
}

}  // namespace
}  // namespace herald::discovery
