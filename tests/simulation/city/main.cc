// SPDX-License-Identifier: Apache-2.0
//
// herald_city SEED [--nodes N] [--calls N]: one city from a seed. Exits 0 when
// every promise was kept, 1 when safety was broken, 3 when only liveness was,
// 2 for bad arguments; a crash is a signal.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/city/city.h"

namespace herald::simulation {
namespace {

// Breaches beyond these are only counted.
constexpr size_t kShown = 20;

int Run(const CityOptions& options) {
  std::printf("seed=%llu %s\n", static_cast<unsigned long long>(options.seed),
              options.ToString().c_str());
  std::fflush(stdout);
  const Verdict verdict = RunCity(options);
  std::printf("%s%s\n", verdict.faults.c_str(), verdict.summary.c_str());
  std::printf("digest %016llx\n",
              static_cast<unsigned long long>(verdict.digest));
  for (size_t i = 0; i < verdict.breaches.size() && i < kShown; ++i) {
    const Breach& breach = verdict.breaches[i];
    std::printf("BROKEN %s: %s\n", breach.promise.c_str(), breach.what.c_str());
  }
  if (verdict.breaches.empty()) {
    std::printf("every promise was kept\n");
    return 0;
  }
  std::printf("%zu broken; again: scripts/sim city %llu\n",
              verdict.breaches.size(),
              static_cast<unsigned long long>(options.seed));
  return verdict.Has(Breach::Kind::kSafety) ? 1 : 3;
}

bool ReadNumber(const char* text, uint64_t& out) {
  char* end = nullptr;
  out = std::strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0';
}

bool ReadOption(const std::string& name, uint64_t value, CityOptions& options) {
  if (value == 0) return false;
  if (name == "--nodes") {
    options.nodes = value;
  } else if (name == "--calls") {
    options.calls = value;
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace herald::simulation

int main(int argc, char** argv) {
  using namespace herald::simulation;
  constexpr char kUsage[] = "usage: herald_city SEED [--nodes N] [--calls N]\n";
  uint64_t seed = 0;
  bool good = argc >= 2 && argc % 2 == 0 && ReadNumber(argv[1], seed);
  CityOptions options = CityFrom(seed);
  for (int i = 2; good && i + 1 < argc; i += 2) {
    uint64_t value = 0;
    good =
        ReadNumber(argv[i + 1], value) && ReadOption(argv[i], value, options);
  }
  if (!good) {
    std::fprintf(stderr, "%s", kUsage);
    return 2;
  }
  return Run(options);
}
