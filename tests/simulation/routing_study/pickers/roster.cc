// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {

const std::vector<Contestant>& Roster() {
  static const std::vector<Contestant> roster = {
      {"random", false, MakeRandom},
      {"round robin", false, MakeRoundRobin},
      {"P2C least request", false, MakeLeastRequestOfTwo},
      {"least request of all", false, MakeLeastRequestOfAll},
      {"Peak EWMA P2C", false, MakePeakEwma},
      {"Envoy priority", false, MakePriority},
      {"Envoy load-aware", false, MakeLoadAwareLocality},
      {"HAZL-like", false, MakeHazl},
      {"Prequal", false, MakePrequal},
      {"Prequal + RTT", false, MakePrequalWithRtt},
      {"Herald", true, MakeOurs},
      {"Herald, no tier control", true, MakeOursWithoutTierControl},
      {"oracle", true, MakeOracle},
      {"oracle, same handicaps", true, MakeOracleWithHandicaps},
  };
  return roster;
}

const Contestant* FindContestant(std::string_view name) {
  for (const Contestant& contestant : Roster()) {
    if (contestant.name == name) return &contestant;
  }
  return nullptr;
}

}  // namespace herald::study
