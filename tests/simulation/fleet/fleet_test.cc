// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fleet/fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace herald::simulation {
namespace {

using std::chrono::seconds;

FleetOptions Small(size_t replicas) {
  return {.seed = 3,
          .pods = 300,
          .namespaces = 6,
          .replicas = replicas,
          .restarts = 3,
          .phase = seconds(20)};
}

TEST(FleetTest, EverySidecarKnowsTheTruthWhateverWasAway) {
  for (const size_t replicas : {size_t{0}, size_t{3}}) {
    SCOPED_TRACE(std::to_string(replicas) + " replicas");
    Fleet fleet(Small(replicas));
    size_t stale_at_once = 0;
    fleet.Run([&](const Phase& phase) {
      stale_at_once = std::max(stale_at_once, phase.most_stale);
    });
    EXPECT_EQ(fleet.Mistaken(), 0u);
    EXPECT_GT(stale_at_once, 0u) << "nothing was ever away";
  }
}

TEST(FleetTest, TheDirectorySparesTheApiServer) {
  uint64_t bytes[2];
  for (const size_t replicas : {size_t{0}, size_t{3}}) {
    Fleet fleet(Small(replicas));
    Phase steady;
    fleet.Run([&](const Phase& phase) {
      if (phase.name == "pods are replaced") steady = phase;
    });
    bytes[replicas == 0 ? 0 : 1] =
        fleet.api_traffic().Between(steady.from, steady.to).all.bytes;
  }
  EXPECT_LT(bytes[1], bytes[0] / 5);
}

}  // namespace
}  // namespace herald::simulation
