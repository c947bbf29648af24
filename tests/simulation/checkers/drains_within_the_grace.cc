// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/drains_within_the_grace.h"

#include <algorithm>

namespace herald::simulation {

Breaches DrainsWithinTheGrace(const Journal& journal) {
  constexpr const char* kPromise = "drains_within_the_grace";
  Breaches out;
  for (const DrainEntry& drain : journal.drains) {
    if (drain.killed) continue;
    Time until = drain.ended.value_or(journal.end);
    if (until - drain.began > journal.drain_grace) {
      out.push_back({Breach::Kind::kLiveness, kPromise,
                     drain.node + " took " +
                         std::to_string(ToMillis(until - drain.began)) +
                         " ms to drain"});
    }
    if (drain.cut > 0) {
      out.push_back({Breach::Kind::kLiveness, kPromise,
                     drain.node + " cut " + std::to_string(drain.cut) +
                         " calls that somebody waited for"});
    }
    // Until its callers know that it drains, a node serves; and what arrives in
    // the very turn in which it shuts may still pass. A keyed call came when
    // its head did, and goes to the agent only when its body is whole.
    bool late =
        std::any_of(journal.deliveries.begin(), journal.deliveries.end(),
                    [&](const DeliveryEntry& delivery) {
                      return delivery.node == drain.node && drain.shut &&
                             delivery.at > *drain.shut && delivery.at < until &&
                             !journal.calls[delivery.call].keyed;
                    });
    if (late) {
      out.push_back({Breach::Kind::kSafety, kPromise,
                     drain.node + " took a new call while it drained"});
    }
  }
  return out;
}

}  // namespace herald::simulation
