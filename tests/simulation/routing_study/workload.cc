// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/workload.h"

#include "core/base/random.h"
#include "tests/simulation/routing_study/draws.h"

namespace herald::study {
namespace {

Duration Seconds(double s) { return Duration(static_cast<int64_t>(s * 1e9)); }

void DrawWork(const Scene& scene, Random& random, CallPlan& call) {
  if (random.Chance(0.05)) {
    call.first = Seconds(LogNormal(random, 0.120, 0.6));
    call.rest = Seconds(Pareto(random, 1.6, 1, 60));
    return;
  }
  // The Pareto has the mean of the lognormal, about 59 ms.
  call.first = Seconds(scene.heavy_tails ? Pareto(random, 1.5, 0.0205, 10)
                                         : LogNormal(random, 0.036, 1.0));
}

}  // namespace

std::vector<CallPlan> DrawWorkload(const Scene& scene, uint64_t seed) {
  Random random(seed);
  std::vector<CallPlan> calls;
  double at = 0, phase_end = 0;
  for (uint32_t phase = 0; phase < scene.phases.size(); ++phase) {
    const Phase& now = scene.phases[phase];
    phase_end += ToMillis(now.length) / 1000;
    const double mean_gap = 1 / (scene.calls_per_second * now.load);
    while (true) {
      at += mean_gap * GammaOfMeanOne(random, scene.burstiness);
      if (at >= phase_end) break;
      CallPlan call;
      call.at = Seconds(at);
      call.phase = phase;
      call.caller = static_cast<uint32_t>(random.Below(scene.callers));
      if (random.Chance(0.5)) {
        call.context = static_cast<uint32_t>(random.Below(kContexts));
      }
      call.repeatable = random.Chance(0.5);
      DrawWork(scene, random, call);
      calls.push_back(call);
    }
    at = phase_end;
  }
  return calls;
}

}  // namespace herald::study
