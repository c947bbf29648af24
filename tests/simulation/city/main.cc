// SPDX-License-Identifier: Apache-2.0
//
// herald_city SEED [--nodes N] [--calls N]: one city from a seed. Exits 0 when
// every promise was kept, 1 when safety was broken, 3 when only liveness was,
// 2 for bad arguments; a crash is a signal.
#include <cstdio>
#include <string>

#include "tests/simulation/arguments.h"
#include "tests/simulation/city/city.h"

namespace herald::simulation {
namespace {

int Main(int argc, char** argv) {
  const auto seed = ReadSeed(argc, argv);
  CityOptions options = CityFrom(seed.value_or(0));
  const bool good = seed && ReadNumbers(argc, argv,
                                        {{"--nodes", &options.nodes},
                                         {"--calls", &options.calls}});
  if (!good || options.nodes == 0) {
    std::fprintf(stderr, "usage: herald_city SEED [--nodes N] [--calls N]\n");
    return 2;
  }
  std::printf("seed=%llu %s\n", static_cast<unsigned long long>(*seed),
              options.ToString().c_str());
  std::fflush(stdout);
  return Tell(RunCity(options), "scripts/sim city " + std::to_string(*seed));
}

}  // namespace
}  // namespace herald::simulation

int main(int argc, char** argv) { return herald::simulation::Main(argc, argv); }
