// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/faults.h"

#include <sstream>

namespace herald::simulation {
namespace {

constexpr const char* kNames[kFaultKinds] = {
    "kill",    "isolate",    "cut-pair",   "loss-burst",
    "reorder", "slow-agent", "agent-down", "new-policy",
    "rebind",  "black-hole", "drain",      "clock-jump"};

}  // namespace

std::string ToString(const Fault& fault) {
  std::ostringstream out;
  out << kNames[static_cast<int>(fault.kind)] << " at " << ToMillis(fault.at)
      << " ms for " << ToMillis(fault.lasts) << " ms, node-" << fault.node
      << " (other node-" << fault.other << ", strength " << fault.strength
      << ")";
  return out.str();
}

std::vector<Fault> PlanFaults(const Options& options, Random& random) {
  std::vector<Fault> out;
  for (size_t i = 0; i < options.faults; ++i) {
    Fault fault;
    fault.kind = static_cast<Fault::Kind>(
        options.only_network_faults ? static_cast<int>(Fault::Kind::kIsolate) +
                                          random.Below(kNetworkFaultKinds)
                                    : random.Below(kFaultKinds));
    fault.at =
        Duration(static_cast<int64_t>(random.Unit() * options.span.count()));
    fault.lasts = std::chrono::milliseconds(300 + random.Below(5'000));
    fault.node = random.Below(options.nodes);
    fault.other = random.Below(options.nodes);
    fault.strength = random.Unit();
    out.push_back(fault);
  }
  return out;
}

}  // namespace herald::simulation
