// SPDX-License-Identifier: Apache-2.0
//
// The study in small, with every change: one seed, and for the many pickers a
// quarter of the time. The bounds are those of docs/ROUTING.md with a margin
// for what one seed leaves to chance.
#include <gtest/gtest.h>

#include <string>

#include "tests/simulation/routing_study/figures.h"
#include "tests/simulation/routing_study/pickers/roster.h"
#include "tests/simulation/routing_study/world.h"

namespace herald::study {
namespace {

constexpr uint64_t kSeed = 1;

Figures RunOf(const Scene& scene, const char* picker, uint64_t seed = kSeed) {
  SCOPED_TRACE(std::string(picker) + ", seed " + std::to_string(seed));
  return Summarize(scene, World(scene, *FindContestant(picker), seed).Run());
}

Scene Short(const char* name) { return Shortened(*FindScene(name), 4); }

TEST(RoutingStudyTest, TheSameSeedGivesTheSameRun) {
  const Scene scene = Shortened(*FindScene("base"), 20);
  for (const Contestant& contestant : Roster()) {
    const char* name = contestant.name.c_str();
    EXPECT_EQ(ToJson(RunOf(scene, name)), ToJson(RunOf(scene, name))) << name;
    EXPECT_NE(ToJson(RunOf(scene, name)), ToJson(RunOf(scene, name, 2)))
        << name;
  }
}

TEST(RoutingStudyTest, TheFarEdgeIsTwoThirdsBusyAtTheBaseRate) {
  // 32 slots at speed 0.7; the table of phases stands on this figure.
  const std::vector<CallPlan> calls = DrawWorkload(*FindScene("base"), kSeed);
  Duration work{0};
  for (const CallPlan& call : calls) work += call.first + call.rest;
  const double seconds = ToMillis(work) / 1000;
  const double a_call = seconds / static_cast<double>(calls.size());
  EXPECT_NEAR(80 * a_call / (32 * 0.7), 0.68, 0.03);
}

TEST(RoutingStudyTest, NoPickerIsNearerToTheFirstByteThanTheOracle) {
  const Scene scene = Short("base");
  const double oracle = RunOf(scene, "oracle").all.p99;
  for (const Contestant& contestant : Roster()) {
    EXPECT_GE(RunOf(scene, contestant.name.c_str()).all.p99, 0.99 * oracle)
        << contestant.name;
  }
}

TEST(RoutingStudyTest, OursStaysNearTheOracleWithTheSameHandicaps) {
  const Scene& scene = *FindScene("base");
  const Figures ours = RunOf(scene, "Herald");
  const Figures oracle = RunOf(scene, "oracle, same handicaps");
  EXPECT_LE(ours.all.p99, 1.2 * oracle.all.p99);
  EXPECT_LE(ours.all.errors, 0.003);
  EXPECT_LE(ours.all.sites.back(), 0.06) << "share of the cloud";
  EXPECT_GE(ours.sticky, 0.8);
  EXPECT_LE(ours.probes, 3);
  EXPECT_LE(ours.turns, oracle.turns + 5);
}

TEST(RoutingStudyTest, TierControlIsWorthItsState) {
  const Scene& scene = *FindScene("base");
  double with = 0, without = 0;
  for (uint64_t seed = kSeed; seed < kSeed + 3; ++seed) {
    with += RunOf(scene, "Herald", seed).all.p99;
    without += RunOf(scene, "Herald, no tier control", seed).all.p99;
  }
  EXPECT_LT(with, without) << "a tier is left before it is full";
}

TEST(RoutingStudyTest, AnIdleSidecarProbesItsTwentyPeersSparingly) {
  Scene scene = *FindScene("base");
  scene.calls_per_second = 0.001;
  scene.phases = {{"idle", std::chrono::minutes(10), 1, {}}};
  World world(scene, *FindContestant("Herald"), kSeed);
  const double probes = static_cast<double>(world.Run().probes);
  EXPECT_LE(probes / (600 * 20), 10);  // a second and sidecar
  EXPECT_GE(probes / (600 * 20), 2);   // or silence would go unnoticed
}

}  // namespace
}  // namespace herald::study
