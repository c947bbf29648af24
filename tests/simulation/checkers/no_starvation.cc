// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/no_starvation.h"

#include <map>
#include <vector>

namespace herald::simulation {
namespace {

// More than a caller makes while one fault lasts.
constexpr int kMostTurnedAway = 12;
// Whoever calls more often is a flood.
constexpr double kMeekCallsPerSecond = 10;

bool TurnedAway(const CallEntry& call) {
  return call.outcome == "overloaded" || call.outcome == "deadline" ||
         call.outcome == "no-peer";
}

}  // namespace

Breaches NoStarvation(const Journal& journal) {
  std::map<std::string, std::map<Time, const CallEntry*>> callers;
  for (const CallEntry& call : journal.calls) {
    callers[call.caller_node].emplace(call.began, &call);
  }
  Breaches out;
  for (const auto& [caller, calls] : callers) {
    int in_a_row = 0;
    Time since{};
    for (const auto& [began, call] : calls) {
      in_a_row = TurnedAway(*call) ? in_a_row + 1 : 0;
      if (in_a_row <= 1) since = began;
      if (in_a_row < kMostTurnedAway) continue;
      const double seconds = ToMillis(began - since) / 1000;
      if (in_a_row > kMeekCallsPerSecond * seconds) continue;
      out.push_back({Breach::Kind::kLiveness, "no_starvation",
                     caller + " had " + std::to_string(in_a_row) +
                         " calls turned away in a row, the last (" +
                         std::to_string(call->number) + ") with " +
                         call->outcome});
      break;
    }
  }
  return out;
}

}  // namespace herald::simulation
