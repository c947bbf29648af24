// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/pickers/ejection.h"

#include <algorithm>

namespace herald::study {
namespace {

constexpr uint32_t kMostDoublings = 16;
constexpr Duration kSweep = std::chrono::seconds(10);

}  // namespace

void Ejection::OnDone(size_t server, bool failed, Time now) {
  State& state = servers_[server];
  if (!failed) {
    state.in_a_row = 0;
    if (rule_.doubling) state.ejections = 0;
    return;
  }
  // What had been sent before the ejection does not lengthen it.
  if (++state.in_a_row < rule_.failures || Ejected(server, now)) return;
  state.in_a_row = 0;
  if (!rule_.doubling && state.ejections > 0) {
    // Envoy forgets one for each sweep that found it well.
    const int64_t well = (now - state.until) / kSweep;
    state.ejections -= std::min<int64_t>(state.ejections, well);
  }
  ++state.ejections;
  const int64_t times =
      rule_.doubling
          ? int64_t{1} << std::min(state.ejections - 1, kMostDoublings)
          : int64_t{state.ejections};
  state.until = now + std::min(rule_.longest, rule_.base * times);
}

}  // namespace herald::study
