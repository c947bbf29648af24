// SPDX-License-Identifier: Apache-2.0
//
// What policy obliges both sidecars to record is in both logs: of every call
// with labels that was served, the caller's permit for that peer and the
// callee's own; of every refusal, who refused; of every callee's decision, the
// caller's that led to it; and how each ended, unless its node did first.
#pragma once

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

Breaches AuditComplete(const Journal& journal);

}  // namespace herald::simulation
