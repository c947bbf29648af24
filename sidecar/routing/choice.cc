// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/choice.h"

namespace herald::routing {

std::string_view ToString(Reason reason) {
  switch (reason) {
    case Reason::kBest:
      return "best";
    case Reason::kAffinity:
      return "affinity";
    case Reason::kLeastLoaded:
      return "least-loaded";
    case Reason::kTrial:
      return "trial";
    case Reason::kOptimism:
      return "optimism";
    case Reason::kWeight:
      return "weight";
  }
  return "unknown";
}

}  // namespace herald::routing
