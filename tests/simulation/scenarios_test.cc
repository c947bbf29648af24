// SPDX-License-Identifier: Apache-2.0
//
// Whole worlds: a few that stand for what may go wrong, a few seeds, and one
// that nobody has seen before, whose seed is printed.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <set>

#include "tests/simulation/verdict.h"

namespace herald::simulation {
namespace {

using std::chrono::seconds;

Options Small(uint64_t seed) {
  Options options;
  options.seed = seed;
  options.nodes = 3;
  options.calls = 80;
  options.span = seconds(5);
  options.faults = 0;
  options.odd_answers = 0;
  options.longest_body = 4'000;
  return options;
}

void ExpectKept(const Options& options) {
  SCOPED_TRACE("seed " + std::to_string(options.seed) + ": " +
               options.ToString());
  Verdict verdict = RunWorld(options);
  for (const Breach& breach : verdict.breaches) {
    ADD_FAILURE() << breach.promise << ": " << breach.what;
  }
  if (!verdict.breaches.empty()) {
    ADD_FAILURE() << verdict.faults << verdict.summary;
  }
}

// Which promises a world breaks.
std::set<std::string> Broken(const Options& options) {
  std::set<std::string> out;
  for (const Breach& breach : RunWorld(options).breaches) {
    out.insert(breach.promise);
  }
  return out;
}

TEST(ScenariosTest, AQuietWorldKeepsEveryPromise) { ExpectKept(Small(1)); }

TEST(ScenariosTest, AWorldOfLongBodiesKeepsEveryPromise) {
  Options options = Small(2);
  options.calls = 40;
  options.longest_body = 1'000'000;
  ExpectKept(options);
}

TEST(ScenariosTest, ALossyWorldKeepsEveryPromise) {
  Options options = Small(3);
  options.base_loss = 0.02;
  ExpectKept(options);
}

TEST(ScenariosTest, AWorldOfFaultsKeepsEveryPromise) {
  Options options = Small(4);
  options.nodes = 4;
  options.calls = 200;
  options.span = seconds(10);
  options.faults = 12;
  options.odd_answers = 0.1;
  ExpectKept(options);
}

TEST(ScenariosTest, AWorldWhereMostAnswersFailIsNotFloodedWithRetries) {
  Options options = Small(9);
  options.nodes = 6;
  options.calls = 400;
  options.span = seconds(10);
  options.idempotent = 1;
  options.odd_answers = 1;
  options.labelled = 0;
  ExpectKept(options);
}

// One answer in ten takes up to three seconds, nearly all others 40 ms.
TEST(ScenariosTest, AWorldWithALongTailIsHedgedWithinTheShare) {
  Options options = Small(10);
  options.nodes = 4;
  options.calls = 3'000;
  options.span = seconds(20);
  options.idempotent = 1;
  options.labelled = 0;
  ExpectKept(options);
  const size_t hedges = RunWorld(options).deliveries - options.calls;
  EXPECT_GT(hedges, 10u);
  EXPECT_LE(hedges, options.calls / 50);
}

// Nodes stay alive, the network does not.
Options OfKeyedCalls(uint64_t seed) {
  Options options = Small(seed);
  options.nodes = 4;
  options.calls = 300;
  options.span = seconds(10);
  options.faults = 8;
  options.only_network_faults = true;
  options.idempotent = 0;
  options.keyed = 1;
  options.labelled = 0;
  return options;
}

TEST(ScenariosTest, KeyedCallsSurviveWhatTheNetworkDoes) {
  for (uint64_t seed = 20; seed < 24; ++seed) {
    Options options = OfKeyedCalls(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + options.ToString());
    Verdict verdict = RunWorld(options);
    for (const Breach& breach : verdict.breaches) {
      ADD_FAILURE() << breach.promise << ": " << breach.what;
    }
    EXPECT_EQ(verdict.outcomes["outcome-unknown"], 0)
        << verdict.summary << "\n"
        << verdict.told["outcome-unknown"] << "\n"
        << verdict.faults;
    EXPECT_GT(verdict.outcomes["ok"], 200) << verdict.summary;
  }
}

TEST(ScenariosTest, AWorldOfKeyedCallsAndFaultsKeepsEveryPromise) {
  Options options = OfKeyedCalls(24);
  options.only_network_faults = false;
  options.faults = 15;
  options.odd_answers = 0.1;
  ExpectKept(options);
}

// The hundreds are scripts/sim's; the same code.
TEST(ScenariosTest, AWorldInWhichNobodyKnowsAllKeepsEveryPromise) {
  Options options = LargeFrom(31, 60);
  options.calls = 1'000;
  ExpectKept(options);
}

class SeedsTest : public testing::TestWithParam<uint64_t> {};

TEST_P(SeedsTest, AWorldFromASeedKeepsEveryPromise) {
  ExpectKept(OptionsFrom(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Fixed, SeedsTest, testing::Values(11, 12, 13));

TEST(ScenariosTest, AWorldNobodyHasSeenKeepsEveryPromise) {
  uint64_t seed = std::random_device()() % 1'000'000;
  std::printf("again: scripts/sim %llu\n",
              static_cast<unsigned long long>(seed));
  ExpectKept(OptionsFrom(seed));
}

TEST(ScenariosTest, ASeedRepeatsItsWorld) {
  Options options = Small(5);
  options.faults = 4;
  options.base_loss = 0.01;
  EXPECT_EQ(RunWorld(options).digest, RunWorld(options).digest);
}

TEST(ScenariosTest, AnotherSeedIsAnotherWorld) {
  EXPECT_NE(RunWorld(Small(6)).digest, RunWorld(Small(7)).digest);
}

// Faults that are planted, so that a promise that was never tested shows.
TEST(PlantedFaultTest, DataAtAWrongDoorIsNoticed) {
  Options options = Small(8);
  options.nodes = 4;
  options.labelled = 1;
  options.plant = Plant::kDeliversElsewhere;
  EXPECT_TRUE(Broken(options).count("no_forwarding_without_permit"));
}

TEST(PlantedFaultTest, AnEffectThatIsDoubledIsNoticed) {
  Options options = Small(8);
  options.plant = Plant::kDoesTwice;
  EXPECT_EQ(Broken(options), std::set<std::string>{"no_lost_or_doubled_call"});
}

TEST(PlantedFaultTest, AKeyThatIsForgottenIsNoticed) {
  Options options = OfKeyedCalls(20);
  options.plant = Plant::kForgetsKeys;
  bool noticed = false;
  for (; options.seed < 24 && !noticed; ++options.seed) {
    noticed = Broken(options).count("no_lost_or_doubled_call") > 0;
  }
  EXPECT_TRUE(noticed);
}

TEST(PlantedFaultTest, AnAnswerThatIsAlteredIsNoticed) {
  Options options = Small(8);
  options.plant = Plant::kAlters;
  EXPECT_EQ(Broken(options), std::set<std::string>{"no_lost_or_doubled_call"});
}

TEST(PlantedFaultTest, AnAnswerThatNeverComesIsNoticed) {
  Options options = Small(8);
  options.plant = Plant::kSwallows;
  std::set<std::string> broken = Broken(options);
  EXPECT_TRUE(broken.count("no_lost_or_doubled_call"));
  EXPECT_TRUE(broken.count("drains_within_the_grace"));
  EXPECT_TRUE(broken.count("bounded_memory"));
}

}  // namespace
}  // namespace herald::simulation
