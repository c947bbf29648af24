// SPDX-License-Identifier: Apache-2.0
//
// Every delivery at an agent is judged anew, from the labels its caller meant
// and the site where it arrived: some policy that the callee had at that
// moment, and one that the caller had since the call began, must permit it.
// Labels that an answer added are judged likewise for the way back.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches NoForwardingWithoutPermit(const Journal& journal);

}  // namespace herald::simulation
