// SPDX-License-Identifier: Apache-2.0
//
// Some time after the last fault has ended nothing is left of it: every call
// that was made to prove it succeeds.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches ConvergesAfterHeal(const Journal& journal);

}  // namespace herald::simulation
