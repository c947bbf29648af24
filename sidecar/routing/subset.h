// SPDX-License-Identifier: Apache-2.0
//
// Of many candidates, those that this sidecar uses: at most 32 a tier, by
// rendezvous hashing of its own identity with each peer's name (gRPC A68).
// Each caller keeps few connections warm, all of them together use all peers,
// and when a peer comes or goes only its own callers move.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sidecar/routing/choice.h"

namespace herald::routing {

// One for each callee agent. Looking up a set it has seen lately allocates
// nothing. One thread.
class Subset {
 public:
  static constexpr size_t kAllUpTo = 64;  // no more candidates: all are used
  static constexpr uint32_t kEachTier = 32;

  // Indices of the candidates of each tier, by rendezvous: whoever wants 32
  // usable ones takes them from the front.
  struct Order {
    std::vector<uint32_t> indices;
    // Where each tier begins; the last is the end.
    std::array<uint32_t, kTierCount + 1> begin = {};

    std::span<const uint32_t> Of(size_t tier) const {
      return std::span(indices).subspan(begin[tier],
                                        begin[tier + 1] - begin[tier]);
    }
  };
  // `generation` changes when a PeerState was destroyed, as another may come
  // to its address. Valid until the next call.
  const Order& OrderOf(std::span<const Candidate> candidates, uint64_t seed,
                       uint64_t generation);

 private:
  // Calls with different permits have different candidates.
  static constexpr size_t kKept = 4;
  struct Kept {
    std::vector<const void*> set;  // who stands where
    Order order;
    uint64_t generation = 0;
  };
  std::array<Kept, kKept> kept_ = {};
  size_t next_ = 0;
};

}  // namespace herald::routing
