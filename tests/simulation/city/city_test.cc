// SPDX-License-Identifier: Apache-2.0
//
// Small cities: quiet, faulty, and one that does not heal, to see that its
// checker bites. Large ones are scripts/sim's.
#include "tests/simulation/city/city.h"

#include <gtest/gtest.h>

#include <set>

namespace herald::simulation {
namespace {

CityOptions Small(uint64_t seed) {
  CityOptions options;
  options.seed = seed;
  options.nodes = 150;
  options.agents = 12;
  options.calls = 2'000;
  options.span = std::chrono::seconds(15);
  options.faults = 0;
  return options;
}

void ExpectKept(const CityOptions& options) {
  SCOPED_TRACE("seed " + std::to_string(options.seed));
  const Verdict verdict = RunCity(options);
  for (const Breach& breach : verdict.breaches) {
    ADD_FAILURE() << breach.promise << ": " << breach.what;
  }
  if (!verdict.breaches.empty()) {
    ADD_FAILURE() << verdict.faults << verdict.summary;
  }
}

TEST(CityTest, AQuietCityKeepsEveryPromise) { ExpectKept(Small(1)); }

TEST(CityTest, FaultyCitiesKeepEveryPromise) {
  for (uint64_t seed = 2; seed < 6; ++seed) {
    CityOptions options = Small(seed);
    options.faults = 12;
    ExpectKept(options);
  }
}

TEST(CityTest, ACityThatDoesNotHealIsFoundOut) {
  CityOptions options = Small(7);
  options.faults = 30;
  options.never_heals = true;
  std::set<std::string> broken;
  for (const Breach& breach : RunCity(options).breaches) {
    broken.insert(breach.promise);
  }
  EXPECT_EQ(broken.count("converges_after_heal"), 1u);
}

TEST(CityTest, ACityWhoseAgentsDoThingsTwiceIsFoundOut) {
  CityOptions options = Small(9);
  options.plant = Plant::kDoesTwice;
  std::set<std::string> broken;
  for (const Breach& breach : RunCity(options).breaches) {
    broken.insert(breach.promise);
  }
  EXPECT_EQ(broken, std::set<std::string>{"no_lost_or_doubled_call"});
}

TEST(CityTest, TheSameSeedGivesTheSameCity) {
  CityOptions options = Small(8);
  options.faults = 12;
  const uint64_t first = RunCity(options).digest;
  EXPECT_EQ(first, RunCity(options).digest);
  ++options.seed;
  EXPECT_NE(first, RunCity(options).digest);
}

}  // namespace
}  // namespace herald::simulation
