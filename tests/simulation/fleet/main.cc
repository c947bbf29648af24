// SPDX-License-Identifier: Apache-2.0
//
// herald_fleet SEED [--pods N] [--replicas N] [--namespaces N]: one fleet from
// a seed. Exits 0 when every sidecar knew the truth in the end, 1 when one did
// not, 2 for bad arguments.
#include <cstdio>
#include <string>

#include "tests/simulation/arguments.h"
#include "tests/simulation/fleet/fleet.h"

namespace herald::simulation {
namespace {

void PrintTraffic(const char* who, const Traffic::Sum& sum) {
  const double seconds = sum.seconds;
  std::printf(
      "  %-22s %8.0f requests/s (most %llu)  %9.0f pieces/s (most %llu)  "
      "%8.2f MB/s (most %.2f)\n",
      who, static_cast<double>(sum.all.requests) / seconds,
      static_cast<unsigned long long>(sum.most.requests),
      static_cast<double>(sum.all.pieces) / seconds,
      static_cast<unsigned long long>(sum.most.pieces),
      static_cast<double>(sum.all.bytes) / seconds / 1e6,
      static_cast<double>(sum.most.bytes) / 1e6);
}

void Print(const Fleet& fleet, const FleetOptions& options,
           const Phase& phase) {
  std::printf(
      "%s, %.0f s: %zu sidecars at most without a watch, the last until %.1f "
      "s; %.1f s of CPU, all in all\n",
      phase.name.c_str(), ToMillis(phase.to - phase.from) / 1000,
      phase.most_stale, ToMillis(phase.stale_until) / 1000, phase.cpu_seconds);
  PrintTraffic("the API server",
               fleet.api_traffic().Between(phase.from, phase.to));
  for (size_t i = 0; i < options.replicas; ++i) {
    PrintTraffic(("replica " + std::to_string(i)).c_str(),
                 fleet.replica_traffic(i).Between(phase.from, phase.to));
  }
  std::fflush(stdout);
}

int Run(const FleetOptions& options) {
  std::printf(
      "seed=%llu pods=%zu namespaces=%zu replicas=%zu restarts/s=%.0f\n",
      static_cast<unsigned long long>(options.seed), options.pods,
      options.namespaces, options.replicas, options.restarts);
  Fleet fleet(options);
  fleet.Run([&](const Phase& phase) { Print(fleet, options, phase); });
  const size_t mistaken = fleet.Mistaken();
  if (mistaken == 0) {
    std::printf("every sidecar knew the truth\n");
    return 0;
  }
  std::printf("BROKEN: %zu sidecars did not know the truth in the end\n",
              mistaken);
  return 1;
}

int Main(int argc, char** argv) {
  FleetOptions options;
  const auto seed = ReadSeed(argc, argv);
  const bool good =
      seed && ReadNumbers(argc, argv,
                          {{"--pods", &options.pods},
                           {"--replicas", &options.replicas},
                           {"--namespaces", &options.namespaces}});
  if (good && options.pods > 0 && options.namespaces > 0) {
    options.seed = *seed;
    return Run(options);
  }
  std::fprintf(stderr,
               "usage: herald_fleet SEED [--pods N] [--replicas N] "
               "[--namespaces N]\n");
  return 2;
}

}  // namespace
}  // namespace herald::simulation

int main(int argc, char** argv) { return herald::simulation::Main(argc, argv); }
