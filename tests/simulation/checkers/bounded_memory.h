// SPDX-License-Identifier: Apache-2.0
//
// When all is quiet nothing is left behind: no open call, no handle, no stream.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches BoundedMemory(const Journal& journal);

}  // namespace herald::simulation
