// SPDX-License-Identifier: Apache-2.0
//
// A drain is over within its grace without cutting a call that somebody still
// waits for, and once a draining node has shut no new call reaches its agent.
// (A call whose caller has died may be cut: only the idle timeout would tell.)
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches DrainsWithinTheGrace(const Journal& journal);

}  // namespace herald::simulation
