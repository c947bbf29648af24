// SPDX-License-Identifier: Apache-2.0
//
// Everything that a seed decides about a city before it begins: how many live
// there, what they ask of each other, and what goes wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/plant.h"

namespace herald::simulation {

struct CityOptions {
  uint64_t seed = 1;
  size_t nodes = 1000;
  size_t agents = 60;  // names; each node serves one of them
  size_t calls = 20'000;
  Duration drain_grace = std::chrono::seconds(12);
  Duration span = std::chrono::seconds(30);  // calls and faults begin in it
  size_t faults = 40;
  double odd_answers = 0.02;
  double keyed = 0.3;  // of the calls that are not idempotent
  // Planted, to see that a checker bites: what is cut stays cut.
  bool never_heals = false;
  Plant plant = Plant::kNone;  // in the agents

  std::string ToString() const;
};

CityOptions CityFrom(uint64_t seed);

struct CityFault {
  enum class Kind {
    kKill,       // a tenth of the nodes of one agent die and come back
    kIsolate,    // nothing reaches a node or leaves it
    kCutPair,    // between two nodes, one way
    kPartition,  // two countries do not hear each other
    kSlowAgent,
    kAgentDown,
    kNewPolicy,  // node after node
    kFlood,      // one caller, hundreds of calls to one agent
    kClockJump,  // a node's calendar, ahead or back by hours
    kRoll,       // the nodes of one agent are replaced, one after the other
  };
  Kind kind = Kind::kKill;
  Duration at{0};
  Duration lasts{0};
  size_t node = 0;
  size_t other = 0;
};
inline constexpr int kCityFaultKinds = 10;
std::string ToString(const CityFault& fault);

struct CityPlan {
  std::vector<CityFault> faults;
  std::vector<CallPlan> calls;  // the last prove the healing
  size_t ordinary = 0;          // of the calls: those before the proofs
};

CityPlan PlanCity(const CityOptions& options, Random& random);

inline constexpr char kFloodAgent[] = "agent-0";
std::string AgentOf(size_t node, const CityOptions& options);

}  // namespace herald::simulation
