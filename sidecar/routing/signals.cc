// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/signals.h"

namespace herald::routing {

std::string_view ToString(Link link) {
  switch (link) {
    case Link::kIdle:
      return "idle";
    case Link::kConnecting:
      return "connecting";
    case Link::kUp:
      return "up";
    case Link::kSuspect:
      return "suspect";
    case Link::kDown:
      return "down";
  }
  return "unknown";
}

}  // namespace herald::routing
