// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/subset.h"

#include <algorithm>
#include <utility>

#include "sidecar/routing/hash.h"

namespace herald::routing {
namespace {

// A way belongs to one peer, and a peer stands in one tier.
const void* PlaceOf(const Candidate& candidate) {
  if (candidate.way != nullptr) return candidate.way;
  return candidate.peer;
}

bool SameSet(std::span<const Candidate> a, const std::vector<const void*>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const Candidate& candidate, const void* place) {
                      return PlaceOf(candidate) == place;
                    });
}

void Sort(std::span<const Candidate> candidates, uint64_t seed,
          Subset::Order& order) {
  order.indices.resize(candidates.size());
  order.begin = {};
  std::vector<uint64_t> weights(candidates.size());
  for (uint32_t i = 0; i < candidates.size(); ++i) {
    order.indices[i] = i;
    weights[i] = Mix(seed ^ candidates[i].peer->salt());
    ++order.begin[static_cast<size_t>(candidates[i].tier) + 1];
  }
  for (size_t t = 0; t < kTierCount; ++t) order.begin[t + 1] += order.begin[t];
  std::sort(order.indices.begin(), order.indices.end(),
            [&](uint32_t a, uint32_t b) {
              if (candidates[a].tier != candidates[b].tier) {
                return candidates[a].tier < candidates[b].tier;
              }
              return std::pair(weights[b], a) < std::pair(weights[a], b);
            });
}

}  // namespace

const Subset::Order& Subset::OrderOf(std::span<const Candidate> candidates,
                                     uint64_t seed, uint64_t generation) {
  for (const Kept& kept : kept_) {
    if (kept.generation == generation && SameSet(candidates, kept.set)) {
      return kept.order;
    }
  }
  Kept& kept = kept_[next_++ % kKept];
  kept.generation = generation;
  kept.set.clear();
  for (const Candidate& one : candidates) kept.set.push_back(PlaceOf(one));
  Sort(candidates, seed, kept.order);
  return kept.order;
}

}  // namespace herald::routing
