// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/drains_within_the_grace.h"

#include <algorithm>

namespace herald::simulation {

namespace {

// How long a call may wait for its turn, at the callee's gate.
constexpr Duration kAtTheGate = std::chrono::seconds(1);

// Until its callers know that it drains, a node serves; and what arrives in the
// very turn in which it shuts may still pass. A call that came before may have
// waited for its turn, and a keyed one for the end of its body.
bool MayHaveComeBefore(Time shut, const DeliveryEntry& delivery,
                       const CallEntry& call) {
  return call.keyed || (call.began < shut && delivery.at < shut + kAtTheGate);
}

}  // namespace

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
    auto late = [&](const DeliveryEntry& delivery) {
      return delivery.node == drain.node && drain.shut &&
             delivery.at > *drain.shut && delivery.at < until &&
             !MayHaveComeBefore(*drain.shut, delivery,
                                journal.calls[delivery.call]);
    };
    if (std::any_of(journal.deliveries.begin(), journal.deliveries.end(),
                    late)) {
      out.push_back({Breach::Kind::kSafety, kPromise,
                     drain.node + " took a new call while it drained"});
    }
  }
  return out;
}

}  // namespace herald::simulation
