// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/retries_within_budget.h"

#include <algorithm>
#include <map>

namespace herald::simulation {
namespace {

// The budget is of ten seconds, counted by the second: what was taken late in
// the first of them is forgotten after little more than nine.
constexpr Duration kWindow = std::chrono::seconds(9);

struct Cost {
  uint64_t calls = 0;
  uint64_t repeated = 0;
  Time first = kNever;
  Time last{};
};

uint64_t LivesOf(const std::string& node, const Journal& journal) {
  auto its = [&node](const StopEntry& stop) { return stop.node == node; };
  return 1 + static_cast<uint64_t>(std::count_if(journal.stops.begin(),
                                                 journal.stops.end(), its));
}

}  // namespace

Breaches RetriesWithinBudget(const Journal& journal) {
  std::map<uint64_t, uint64_t> deliveries;
  for (const DeliveryEntry& delivery : journal.deliveries) {
    ++deliveries[delivery.call];
  }
  std::map<std::string, Cost> costs;
  for (const CallEntry& call : journal.calls) {
    Cost& cost = costs[call.caller_node];
    ++cost.calls;
    cost.first = std::min(cost.first, call.began);
    cost.last = std::max(cost.last, call.ended);
    uint64_t times = deliveries[call.number];
    cost.repeated += times > 0 ? times - 1 : 0;
  }
  Breaches out;
  for (const auto& [node, cost] : costs) {
    uint64_t windows =
        cost.last > cost.first
            ? static_cast<uint64_t>((cost.last - cost.first) / kWindow)
            : 0;
    uint64_t allowed =
        cost.calls * 12 / 100 + 3 * (windows + LivesOf(node, journal));
    if (cost.repeated <= allowed) continue;
    out.push_back({Breach::Kind::kSafety, "retries_within_budget",
                   node + " had " + std::to_string(cost.repeated) +
                       " calls done again where " + std::to_string(allowed) +
                       " are the most"});
  }
  return out;
}

}  // namespace herald::simulation
