// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/no_lost_or_doubled_call.h"

#include <set>

namespace herald::simulation {
namespace {

// Outcomes that vouch for nothing having been done.
const std::set<std::string> kUndone = {"denied", "no-peer", "unknown-agent",
                                       "overloaded", "bad-request"};

}  // namespace

Breaches NoLostOrDoubledCall(const Journal& journal) {
  Breaches out;
  auto say = [&](Breach::Kind kind, const CallEntry& call, std::string what) {
    out.push_back({kind, "no_lost_or_doubled_call",
                   "call " + std::to_string(call.number) + " (" +
                       (call.outcome.empty() ? "open" : call.outcome) + ") " +
                       what});
  };
  for (const CallEntry& call : journal.calls) {
    if (call.endings == 0) {
      say(Breach::Kind::kLiveness, call, "never ended");
    } else if (call.endings > 1) {
      say(Breach::Kind::kSafety, call, "ended more than once");
    }
    if (!call.idempotent && call.effects > 1) {
      say(Breach::Kind::kSafety, call,
          "was done " + std::to_string(call.effects) + " times");
    }
    if (call.outcome == "ok" && call.effects == 0) {
      say(Breach::Kind::kSafety, call, "was never done");
    }
    if (!call.idempotent && call.effects > 0 && kUndone.count(call.outcome)) {
      say(Breach::Kind::kSafety, call, "was done all the same");
    }
    if (call.corrupt) say(Breach::Kind::kSafety, call, "came back altered");
  }
  for (const DeliveryEntry& delivery : journal.deliveries) {
    if (!delivery.corrupt) continue;
    say(Breach::Kind::kSafety, journal.calls[delivery.call],
        "reached the agent altered");
  }
  return out;
}

}  // namespace herald::simulation
