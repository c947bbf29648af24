// SPDX-License-Identifier: Apache-2.0
//
// No caller is left out for long, whoever else asks for much: no long row of
// its calls is turned away for want of room, time or a peer. Of a caller that
// is itself the flood nothing is promised.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches NoStarvation(const Journal& journal);

}  // namespace herald::simulation
