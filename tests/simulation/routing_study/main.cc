// SPDX-License-Identifier: Apache-2.0
//
// herald_routing_study: runs of the study, a line of JSON each. What is made
// of them is scripts/routing-study's.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulation/routing_study/figures.h"
#include "tests/simulation/routing_study/pickers/roster.h"
#include "tests/simulation/routing_study/world.h"

namespace herald::study {
namespace {

constexpr char kUsage[] =
    "usage: herald_routing_study [OPTION VALUE]...\n"
    "  --scene NAME    one scene, else all (--list names them)\n"
    "  --picker NAME   one picker, else all\n"
    "  --seed N        the first seed, else 1\n"
    "  --seeds N       how many, else 1\n"
    "  --shorten N     every phase N times shorter\n"
    "  --detector all  every picker on Herald's links\n"
    "  --list          scenes, phases and pickers\n"
    "\n"
    "example: herald_routing_study --scene base --picker Herald --seeds 5\n";

struct Options {
  std::string scene, picker;
  uint64_t seed = 1, seeds = 1;
  int shorten = 1;
  bool shared_detector = false;
};

std::optional<uint64_t> Number(std::string_view text) {
  char* end = nullptr;
  const std::string copy(text);
  const uint64_t value = std::strtoull(copy.c_str(), &end, 10);
  if (copy.empty() || *end != '\0' || value == 0) return std::nullopt;
  return value;
}

bool Read(std::string_view name, std::string_view value, Options& options) {
  if (name == "--scene") {
    options.scene = value;
    return FindScene(value) != nullptr;
  }
  if (name == "--picker") {
    options.picker = value;
    return FindContestant(value) != nullptr;
  }
  if (name == "--detector") {
    options.shared_detector = true;
    return value == "all";
  }
  const std::optional<uint64_t> number = Number(value);
  if (!number) return false;
  if (name == "--seed")
    options.seed = *number;
  else if (name == "--seeds")
    options.seeds = *number;
  else if (name == "--shorten")
    options.shorten = static_cast<int>(*number);
  else
    return false;
  return true;
}

void List() {
  for (const Scene& scene : Scenes()) {
    std::printf("scene\t%s\t%s\n", scene.name.c_str(), scene.what.c_str());
  }
  for (const Phase& phase : Scenes().front().phases) {
    std::printf("phase\t%s\t%lld\n", phase.name.c_str(),
                static_cast<long long>(phase.length / std::chrono::seconds(1)));
  }
  for (const Contestant& contestant : Roster()) {
    std::printf("picker\t%s\n", contestant.name.c_str());
  }
}

void RunOne(const Scene& scene, const Contestant& contestant, uint64_t seed,
            bool shared_detector) {
  World world(scene, contestant, seed, shared_detector);
  const Figures figures = Summarize(scene, world.Run());
  std::printf("{\"scene\":\"%s\",\"picker\":\"%s\",\"seed\":%llu,%s}\n",
              scene.name.c_str(), contestant.name.c_str(),
              static_cast<unsigned long long>(seed), ToJson(figures).c_str());
  std::fflush(stdout);
}

void RunAll(const Options& options) {
  for (const Scene& scene : Scenes()) {
    if (!options.scene.empty() && scene.name != options.scene) continue;
    const Scene shortened = Shortened(scene, options.shorten);
    for (const Contestant& contestant : Roster()) {
      if (!options.picker.empty() && contestant.name != options.picker) {
        continue;
      }
      for (uint64_t i = 0; i < options.seeds; ++i) {
        RunOne(shortened, contestant, options.seed + i,
               options.shared_detector);
      }
    }
  }
}

}  // namespace
}  // namespace herald::study

int main(int argc, char** argv) {
  using namespace herald::study;
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--list") {
      List();
      return 0;
    }
    if (i + 1 >= argc || !Read(name, argv[i + 1], options)) {
      std::fprintf(stderr, "error: %s %s is not understood\n%s", argv[i],
                   i + 1 < argc ? argv[i + 1] : "", kUsage);
      return 2;
    }
  }
  RunAll(options);
  return 0;
}
