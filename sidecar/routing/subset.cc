// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/subset.h"

#include <algorithm>
#include <utility>

#include "sidecar/routing/hash.h"

namespace herald::routing {
namespace {

bool SamePlace(const Candidate& a, const Candidate& b) {
  return a.peer == b.peer && a.way == b.way && a.tier == b.tier;
}

bool SameSet(std::span<const Candidate> a, const std::vector<Candidate>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), SamePlace);
}

}  // namespace

std::span<const uint32_t> Subset::Order(std::span<const Candidate> candidates,
                                        uint64_t seed, uint64_t generation) {
  for (const Kept& kept : kept_) {
    if (kept.generation == generation && SameSet(candidates, kept.set)) {
      return kept.order;
    }
  }
  Kept& kept = kept_[next_++ % kKept];
  kept.generation = generation;
  kept.set.assign(candidates.begin(), candidates.end());
  kept.order.resize(candidates.size());
  std::vector<uint64_t> weights(candidates.size());
  for (uint32_t i = 0; i < candidates.size(); ++i) {
    kept.order[i] = i;
    weights[i] = Mix(seed ^ candidates[i].peer->salt());
  }
  std::sort(kept.order.begin(), kept.order.end(), [&](uint32_t a, uint32_t b) {
    if (candidates[a].tier != candidates[b].tier) {
      return candidates[a].tier < candidates[b].tier;
    }
    return std::pair(weights[b], a) < std::pair(weights[a], b);
  });
  return kept.order;
}

}  // namespace herald::routing
