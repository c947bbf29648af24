// SPDX-License-Identifier: Apache-2.0
//
// Each call ends once. A call with an effect has it at most once, whatever the
// caller was told; where it was told ok, it has it; where it was told that
// nothing was done (denied, no peer, ...), it has not.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches NoLostOrDoubledCall(const Journal& journal);

}  // namespace herald::simulation
