// SPDX-License-Identifier: Apache-2.0
//
// The calls of a run, drawn before it begins, so that every picker answers
// for exactly the same ones. 95 % are unary (lognormal, median 36 ms, sigma
// 1.0); 5 % are streams (prefill lognormal 120 ms, sigma 0.6, then Pareto
// alpha 1.6 from 1 s, at most 60 s). Half belong to one of 200 contexts of
// their caller.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/time.h"
#include "tests/simulation/routing_study/scene.h"

namespace herald::study {

inline constexpr uint32_t kContexts = 200;  // of each caller
inline constexpr uint32_t kNoContext = UINT32_MAX;

struct CallPlan {
  Duration at{0};  // since the start
  uint32_t caller = 0;
  uint32_t phase = 0;
  uint32_t context = kNoContext;
  bool repeatable = false;  // a router may spend it on a trial
  Duration first{0};        // work until the first byte, at speed 1
  Duration rest{0};         // work after it; 0: the first byte is the last
};

std::vector<CallPlan> DrawWorkload(const Scene& scene, uint64_t seed);

}  // namespace herald::study
