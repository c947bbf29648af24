// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/converges_after_heal.h"

namespace herald::simulation {

Breaches ConvergesAfterHeal(const Journal& journal) {
  Breaches out;
  for (const CallEntry& call : journal.calls) {
    if (!call.proof || call.outcome == "ok") continue;
    out.push_back({Breach::Kind::kLiveness, "converges_after_heal",
                   "call " + std::to_string(call.number) + " of " +
                       call.caller_node + " ended in " + call.outcome +
                       " although all was well again"});
  }
  return out;
}

}  // namespace herald::simulation
