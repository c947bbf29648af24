// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/city/city_options.h"

#include <algorithm>
#include <sstream>

#include "tests/simulation/workload.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kNames[kCityFaultKinds] = {
    "kill",       "isolate",    "cut-pair", "partition",  "slow-agent",
    "agent-down", "new-policy", "flood",    "clock-jump", "roll"};
constexpr size_t kFloodCalls = 300;
constexpr Duration kFloodLasts = seconds(2);
// From the last fault's end until a city must have come right again: longer
// than the longest back-off of a link (10 s).
constexpr Duration kHealing = seconds(15);

Duration Uniform(Random& random, Duration most) {
  return Duration(
      static_cast<int64_t>(random.Unit() * static_cast<double>(most.count())));
}

std::vector<CallPlan> OrdinaryCalls(const CityOptions& options,
                                    Random& random) {
  Options workload;
  workload.nodes = options.nodes;
  workload.calls = options.calls;
  workload.span = options.span;
  workload.odd_answers = options.odd_answers;
  workload.keyed = options.keyed;
  workload.longest_body = 3'000;
  std::vector<CallPlan> calls = PlanCalls(workload, random);
  for (CallPlan& call : calls) {
    call.agent = AgentOf(random.Below(options.nodes), options);
  }
  return calls;
}

void AddFlood(const CityFault& fault, Random& random,
              std::vector<CallPlan>& calls) {
  for (size_t i = 0; i < kFloodCalls; ++i) {
    CallPlan call;
    call.caller = fault.node;
    call.agent = kFloodAgent;
    call.method = "GET";
    call.path = "/work/";
    call.idempotent = true;
    call.response_bytes = 100;
    call.think = milliseconds(200);
    call.timeout = seconds(2);
    call.at = fault.at + Uniform(random, kFloodLasts);
    calls.push_back(std::move(call));
  }
}

void AddProofs(const CityOptions& options, Duration healed, Random& random,
               std::vector<CallPlan>& calls) {
  for (size_t node = 0; node < options.nodes; ++node) {
    CallPlan call;
    call.caller = node;
    call.agent = AgentOf(random.Below(options.nodes), options);
    call.method = "GET";
    call.path = "/work/";
    call.idempotent = true;
    call.response_bytes = 100;
    call.think = milliseconds(5);
    call.timeout = seconds(5);
    call.at = healed + Uniform(random, seconds(2));
    calls.push_back(std::move(call));
  }
}

}  // namespace

std::string CityOptions::ToString() const {
  std::ostringstream out;
  out << "nodes=" << nodes << " agents=" << agents << " calls=" << calls
      << " span=" << ToMillis(span) / 1000 << "s faults=" << faults
      << " odd_answers=" << odd_answers;
  return out.str();
}

CityOptions CityFrom(uint64_t seed) {
  Random random(seed);
  CityOptions out;
  out.seed = seed;
  out.nodes = 1000 + random.Below(2000);
  out.agents = 20 + random.Below(200);
  out.calls = 20'000 + random.Below(20'000);
  out.span = seconds(20 + random.Below(20));
  out.faults = random.Below(80);
  out.odd_answers = random.Chance(0.5) ? 0 : random.Unit() * 0.1;
  return out;
}

std::string ToString(const CityFault& fault) {
  std::ostringstream out;
  out << kNames[static_cast<int>(fault.kind)] << " at " << ToMillis(fault.at)
      << " ms for " << ToMillis(fault.lasts) << " ms, node-" << fault.node
      << " (other node-" << fault.other << ")";
  return out.str();
}

std::string AgentOf(size_t node, const CityOptions& options) {
  return "agent-" + std::to_string(node % options.agents);
}

CityPlan PlanCity(const CityOptions& options, Random& random) {
  CityPlan plan;
  plan.calls = OrdinaryCalls(options, random);
  Duration healed = options.span;
  for (size_t i = 0; i < options.faults; ++i) {
    CityFault fault;
    fault.kind = static_cast<CityFault::Kind>(random.Below(kCityFaultKinds));
    fault.at = Uniform(random, options.span);
    fault.lasts = milliseconds(300 + random.Below(6'000));
    fault.node = random.Below(options.nodes);
    fault.other = random.Below(options.nodes);
    if (fault.kind == CityFault::Kind::kFlood) {
      AddFlood(fault, random, plan.calls);
    }
    healed = std::max(healed, fault.at + fault.lasts);
    plan.faults.push_back(fault);
  }
  plan.ordinary = plan.calls.size();
  AddProofs(options, healed + kHealing, random, plan.calls);
  for (size_t i = 0; i < plan.calls.size(); ++i) {
    CallPlan& call = plan.calls[i];
    call.number = i;
    call.path.erase(call.path.rfind('/') + 1);
    call.path += std::to_string(i);
  }
  return plan;
}

}  // namespace herald::simulation
