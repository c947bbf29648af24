// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/hedges_within_share.h"

#include <map>
#include <utility>

namespace herald::simulation {
namespace {

struct Cost {
  uint64_t calls = 0;
  uint64_t hedges = 0;
};

}  // namespace

Breaches HedgesWithinShare(const Journal& journal) {
  Breaches out;
  if (!journal.undisturbed) return out;
  std::map<uint64_t, uint64_t> deliveries;
  for (const DeliveryEntry& delivery : journal.deliveries) {
    ++deliveries[delivery.call];
  }
  std::map<std::pair<std::string, std::string>, Cost> costs;
  for (const CallEntry& call : journal.calls) {
    Cost& cost = costs[{call.caller_node, call.agent}];
    ++cost.calls;
    const uint64_t times = deliveries[call.number];
    if (times < 2) continue;
    cost.hedges += times - 1;
    if (!call.idempotent) {
      out.push_back({Breach::Kind::kSafety, "hedges_within_share",
                     "call " + std::to_string(call.number) +
                         " reached agents twice and may not be repeated"});
    }
  }
  for (const auto& [who, cost] : costs) {
    if (cost.hedges * 50 <= cost.calls) continue;
    out.push_back({Breach::Kind::kSafety, "hedges_within_share",
                   who.first + " hedged " + std::to_string(cost.hedges) +
                       " of " + std::to_string(cost.calls) + " calls of " +
                       who.second});
  }
  return out;
}

}  // namespace herald::simulation
