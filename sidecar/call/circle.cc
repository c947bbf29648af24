// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/circle.h"

#include <algorithm>

namespace herald::call {
namespace {

// Longer chains than this are no work that was meant.
constexpr uint32_t kMaxHops = 16;

// An agent may ask its caller back, and be asked again with the answer; a
// third time it goes round.
constexpr ptrdiff_t kMaxVisits = 2;

}  // namespace

std::optional<std::string> Circle(std::string_view agent,
                                  std::span<const std::string> passed,
                                  uint32_t hops) {
  const size_t depth = std::max<size_t>(hops, passed.size());
  const bool round =
      std::count(passed.begin(), passed.end(), agent) >= kMaxVisits;
  if (!round && depth <= kMaxHops) return std::nullopt;
  std::string why = "loop: the agents call each other in a circle; '" +
                    std::string(agent) + "' would be called ";
  if (round) {
    why += "a third time on the way";
    for (const std::string& name : passed) why += " " + name + " >";
    return why + " " + std::string(agent);
  }
  return why + std::to_string(depth) + " calls deep";
}

}  // namespace herald::call
