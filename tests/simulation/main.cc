// SPDX-License-Identifier: Apache-2.0
//
// herald_sim SEED [--nodes N] [--calls N]: one world from a seed; from
// kManyNodes on, one in which a node knows few others. Exits 0 when every
// promise was kept, 1 when safety was broken, 3 when only liveness was, 2 for
// bad arguments; a crash is a signal.
#include <cstdio>
#include <string>

#include "tests/simulation/arguments.h"
#include "tests/simulation/verdict.h"

namespace herald::simulation {
namespace {

constexpr size_t kManyNodes = 20;

Options Shape(uint64_t seed, size_t nodes) {
  if (nodes == 0) return OptionsFrom(seed);
  Options options =
      nodes < kManyNodes ? OptionsFrom(seed) : LargeFrom(seed, nodes);
  options.nodes = nodes;
  return options;
}

int Main(int argc, char** argv) {
  const auto seed = ReadSeed(argc, argv);
  size_t nodes = 0;
  size_t calls = 0;
  if (!seed ||
      !ReadNumbers(argc, argv, {{"--nodes", &nodes}, {"--calls", &calls}})) {
    std::fprintf(stderr, "usage: herald_sim SEED [--nodes N] [--calls N]\n");
    return 2;
  }
  Options options = Shape(*seed, nodes);
  if (calls > 0) options.calls = calls;
  std::printf("seed=%llu %s\n", static_cast<unsigned long long>(*seed),
              options.ToString().c_str());
  std::fflush(stdout);
  std::string again = "scripts/sim " + std::to_string(*seed);
  if (nodes > 0) again += " --nodes " + std::to_string(nodes);
  if (calls > 0) again += " --calls " + std::to_string(calls);
  return Tell(RunWorld(options), again);
}

}  // namespace
}  // namespace herald::simulation

int main(int argc, char** argv) { return herald::simulation::Main(argc, argv); }
