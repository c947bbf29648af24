// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/detector.h"

#include <algorithm>

namespace herald::transport {

Duration ProbeTimeout(Duration smoothed, Duration variation,
                      Duration max_ack_delay) {
  return smoothed + std::max(4 * variation, kLeastPtoVariation) + max_ack_delay;
}

std::optional<Duration> NextThreshold(Health health, const Measure& measure) {
  const Duration probe_timeout = measure.probe_timeout;
  switch (health) {
    case Health::kAlive:
      return probe_timeout;
    case Health::kSuspect:
      return std::max(3 * probe_timeout, measure.patience);
    case Health::kDown:
      return std::max(7 * probe_timeout, kLeastDeath);
    case Health::kDead:
      return std::nullopt;
  }
  return std::nullopt;
}

Health Judge(std::optional<Duration> silent, const Measure& measure) {
  Health health = Health::kAlive;
  if (!silent) return health;
  while (auto threshold = NextThreshold(health, measure)) {
    if (*silent < *threshold) break;
    health = static_cast<Health>(static_cast<int>(health) + 1);
  }
  return health;
}

}  // namespace herald::transport
