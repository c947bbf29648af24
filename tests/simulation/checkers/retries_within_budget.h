// SPDX-License-Identifier: Apache-2.0
//
// However much fails, what a node's calls cost the agents beyond one delivery
// each is a bounded share: a tenth of the calls for retries, a fiftieth for
// hedges, and three retries each ten seconds of a life of its sidecar.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches RetriesWithinBudget(const Journal& journal);

}  // namespace herald::simulation
