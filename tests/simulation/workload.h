// SPDX-License-Identifier: Apache-2.0
//
// The calls of a world, drawn before it begins.
#pragma once

#include <vector>

#include "core/base/random.h"
#include "tests/simulation/options.h"
#include "tests/simulation/plan.h"

namespace herald::simulation {

std::vector<CallPlan> PlanCalls(const Options& options, Random& random);

}  // namespace herald::simulation
