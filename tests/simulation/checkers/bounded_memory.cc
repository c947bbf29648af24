// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/bounded_memory.h"

namespace herald::simulation {

Breaches BoundedMemory(const Journal& journal) {
  Breaches out;
  for (const LeftoverEntry& left : journal.leftovers) {
    if (left.count == 0) continue;
    out.push_back({Breach::Kind::kLiveness, "bounded_memory",
                   left.node + " still holds " + std::to_string(left.count) +
                       " " + left.what});
  }
  return out;
}

}  // namespace herald::simulation
