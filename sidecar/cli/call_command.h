// SPDX-License-Identifier: Apache-2.0
//
// `herald call AGENT`: one call through the local sidecar, its answer on
// standard output as it comes, and an exit code that says how it went
// (docs/ARCHITECTURE.md, outcomes).
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

int Call(const CallArguments& args, std::ostream& out, std::ostream& err);

}  // namespace herald::cli
