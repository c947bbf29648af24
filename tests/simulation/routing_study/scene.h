// SPDX-License-Identifier: Apache-2.0
//
// What a run of the study plays in: the sites, what is asked of them, and the
// phases in which something happens to them. Values only; a scene and a seed
// decide everything but the picks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/site.h"
#include "core/base/time.h"

namespace herald::study {

struct SiteSpec {
  std::string name;
  Tier tier = Tier::kCloud;
  size_t replicas = 0;
  Duration rtt{0};
  double speed = 1;    // work done in a second
  uint32_t slots = 8;  // of each replica; beyond them calls queue, FIFO
};

// Holds for one phase.
struct Fault {
  enum class Kind {
    kSlow,       // work takes `factor` times as long
    kFarther,    // the round trip grows by `extra`
    kFailsFast,  // every call is answered with an error after 1 ms
    kDead,       // silent, and what it had is lost
  };
  Kind kind = Kind::kSlow;
  size_t site = 0;
  std::optional<size_t> replica;  // none: all of the site
  double factor = 1;
  Duration extra{0};
};

struct Phase {
  std::string name;
  Duration length{0};
  double load = 1;  // times the scene's rate
  std::vector<Fault> faults;
};

struct Scene {
  std::string name;
  std::string what;  // a line for the table
  std::vector<SiteSpec> sites;
  size_t callers = 20;
  double calls_per_second = 80;  // of all callers together
  double burstiness = 1;         // coefficient of variation of the gaps
  bool heavy_tails = false;      // Pareto instead of lognormal work
  std::vector<Phase> phases;

  Duration length() const;
};

// `base` and its variations, in the order of the table.
const std::vector<Scene>& Scenes();
const Scene* FindScene(std::string_view name);

// The same, `times` shorter in every phase.
Scene Shortened(Scene scene, int times);

}  // namespace herald::study
