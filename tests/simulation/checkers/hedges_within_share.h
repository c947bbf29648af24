// SPDX-License-Identifier: Apache-2.0
//
// In a world where nothing fails nothing needs to be done again: what reaches
// agents twice was hedged. That happens to calls alone that may be repeated,
// and to no more than a fiftieth of those that a node made of one agent. (A
// world that lasts more than the minute of the hedges' window could do a little
// more.)
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches HedgesWithinShare(const Journal& journal);

}  // namespace herald::simulation
