// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/workload.h"

#include <utility>

#include "tests/simulation/sovereignty.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;

Duration Uniform(Random& random, Duration most) {
  return Duration(static_cast<int64_t>(random.Unit() * most.count()));
}

std::vector<std::string> SomeLabels(Random& random) {
  std::vector<std::string> out;
  for (const char* label : {"health", "personal", "secret"}) {
    if (random.Chance(0.4)) out.push_back(label);  // in order
  }
  return out;
}

// Mostly small, sometimes several windows long.
size_t SomeBytes(Random& random, size_t longest) {
  if (random.Chance(0.3)) return 0;
  return 1 + random.Below(random.Chance(0.8) ? 2'000 : longest);
}

CallPlan::Answer SomeAnswer(Random& random, double odd) {
  if (!random.Chance(odd)) return CallPlan::Answer::kWhole;
  constexpr CallPlan::Answer kOdd[] = {
      CallPlan::Answer::kError, CallPlan::Answer::kBreaksOff,
      CallPlan::Answer::kHalf, CallPlan::Answer::kEarly};
  return kOdd[random.Below(4)];
}

}  // namespace

std::vector<CallPlan> PlanCalls(const Options& options, Random& random) {
  std::vector<CallPlan> out;
  for (size_t i = 0; i < options.calls; ++i) {
    CallPlan plan;
    plan.number = i;
    plan.caller = random.Below(options.nodes);
    plan.agent =
        AgentOf(plan.caller + random.Below(options.acquaintances), options);
    plan.idempotent = random.Chance(options.idempotent);
    bool declared = random.Chance(0.5);
    plan.keyed = random.Chance(options.keyed) && !plan.idempotent;
    plan.method = plan.idempotent && !declared ? "GET" : "POST";
    plan.path = (plan.idempotent && declared ? "/again/" : "/work/") +
                std::to_string(i);
    if (random.Chance(options.labelled)) plan.labels = SomeLabels(random);
    if (random.Chance(0.8)) {
      plan.timeout = milliseconds(200 + random.Below(8'000));
    }
    plan.request_bytes = SomeBytes(random, options.longest_body);
    plan.response_bytes = 1 + SomeBytes(random, options.longest_body);
    plan.think = Uniform(random, milliseconds(random.Chance(0.9) ? 40 : 3'000));
    plan.answer = SomeAnswer(random, options.odd_answers);
    if (random.Chance(options.labelled * 0.2)) {
      plan.answer_labels = SomeLabels(random);
    }
    if (random.Chance(0.03)) {
      plan.leaves_after = Uniform(random, milliseconds(80));
    }
    plan.at = Uniform(random, options.span);
    out.push_back(std::move(plan));
  }
  return out;
}

}  // namespace herald::simulation
