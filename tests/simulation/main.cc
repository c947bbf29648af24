// SPDX-License-Identifier: Apache-2.0
//
// herald_sim SEED [--calls N]: one world from a seed. Exits 0 when every
// promise was kept, 1 when safety was broken, 3 when only liveness was, 2 for
// bad arguments; a crash is a signal.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/verdict.h"

namespace herald::simulation {
namespace {

int Run(const Options& options) {
  std::printf("seed=%llu %s\n", static_cast<unsigned long long>(options.seed),
              options.ToString().c_str());
  std::fflush(stdout);
  Verdict verdict = RunWorld(options);
  std::printf("%s%s\n", verdict.faults.c_str(), verdict.summary.c_str());
  std::printf("digest %016llx\n",
              static_cast<unsigned long long>(verdict.digest));
  for (const Breach& breach : verdict.breaches) {
    std::printf("BROKEN %s: %s\n", breach.promise.c_str(), breach.what.c_str());
  }
  if (verdict.breaches.empty()) {
    std::printf("every promise was kept\n");
    return 0;
  }
  std::printf("again: scripts/sim %llu\n",
              static_cast<unsigned long long>(options.seed));
  return verdict.Has(Breach::Kind::kSafety) ? 1 : 3;
}

bool ReadNumber(const char* text, uint64_t& out) {
  char* end = nullptr;
  out = std::strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0';
}

}  // namespace
}  // namespace herald::simulation

int main(int argc, char** argv) {
  using namespace herald::simulation;
  uint64_t seed = 0;
  uint64_t calls = 0;
  bool with_calls = argc == 4 && std::string(argv[2]) == "--calls";
  if ((argc != 2 && !with_calls) || !ReadNumber(argv[1], seed) ||
      (with_calls && !ReadNumber(argv[3], calls))) {
    std::fprintf(stderr, "usage: herald_sim SEED [--calls N]\n");
    return 2;
  }
  Options options = OptionsFrom(seed);
  if (with_calls) options.calls = calls;
  return Run(options);
}
