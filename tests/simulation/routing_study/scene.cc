// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/scene.h"

#include <utility>

namespace herald::study {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SiteSpec kFarEdge = {"far-edge", Tier::kFarEdge, 4, milliseconds(1), 0.7};
const SiteSpec kNearEdge = {"near-edge", Tier::kNearEdge, 4, milliseconds(8),
                            1.0};
const SiteSpec kCloud = {"cloud", Tier::kCloud, 12, milliseconds(45), 1.4};

// Ten minutes. The first site is the nearest, the last the farthest; the one
// after the first is where calls spill to.
std::vector<Phase> SevenPhases(size_t sites) {
  const size_t last = sites - 1;
  using Kind = Fault::Kind;
  return {
      {"steady", seconds(80), 1, {}},
      {"overload", seconds(120), 2.75, {}},
      {"slow replica", seconds(80), 1, {{Kind::kSlow, 0, 0, 10}}},
      {"cloud far",
       seconds(80),
       1,
       {{Kind::kFarther, last, std::nullopt, 1, milliseconds(150)}}},
      {"failing replica", seconds(80), 1, {{Kind::kFailsFast, 1, 0}}},
      {"edge dead", seconds(80), 1, {{Kind::kDead, 0, std::nullopt}}},
      {"recovery", seconds(80), 1, {}},
  };
}

Scene Base() {
  Scene scene;
  scene.name = "base";
  scene.what = "three tiers, 20 sidecars";
  scene.sites = {kFarEdge, kNearEdge, kCloud};
  scene.phases = SevenPhases(scene.sites.size());
  return scene;
}

Scene Callers(std::string name, std::string what, size_t callers) {
  Scene scene = Base();
  scene.name = std::move(name);
  scene.what = std::move(what);
  scene.callers = callers;
  return scene;
}

std::vector<Scene> MakeScenes() {
  std::vector<Scene> scenes = {
      Base(), Callers("few", "4 busy sidecars, 20 calls/s each", 4),
      Callers("sparse", "100 sidecars, 0.8 calls/s each", 100)};

  Scene bursts = Base();
  bursts.name = "bursts";
  bursts.what = "arrivals in Gamma bursts, CV 3";
  bursts.burstiness = 3;
  scenes.push_back(bursts);

  Scene tails = Base();
  tails.name = "tails";
  tails.what = "Pareto work, alpha 1.5";
  tails.heavy_tails = true;
  scenes.push_back(tails);

  Scene two = Base();
  two.name = "two-sites";
  two.what = "far edge and cloud only";
  two.sites = {kFarEdge, kCloud};
  two.phases = SevenPhases(two.sites.size());
  scenes.push_back(two);

  Scene fat = Base();
  fat.name = "fat-cloud";
  fat.what = "the cloud is one replica of 96 slots";
  fat.sites[2].replicas = 1;
  fat.sites[2].slots = 96;
  scenes.push_back(fat);
  return scenes;
}

}  // namespace

Duration Scene::length() const {
  Duration sum{0};
  for (const Phase& phase : phases) sum += phase.length;
  return sum;
}

const std::vector<Scene>& Scenes() {
  static const std::vector<Scene> scenes = MakeScenes();
  return scenes;
}

const Scene* FindScene(std::string_view name) {
  for (const Scene& scene : Scenes()) {
    if (scene.name == name) return &scene;
  }
  return nullptr;
}

Scene Shortened(Scene scene, int times) {
  for (Phase& phase : scene.phases) phase.length /= times;
  return scene;
}

}  // namespace herald::study
