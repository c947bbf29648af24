// SPDX-License-Identifier: Apache-2.0
//
// `herald dev planner=8080 summarizer=8081`: for trying things on one machine.
// Makes a CA, certificates, configurations, a peers file and a policy that
// permits unlabelled calls, as the very files a real deployment has, then runs
// a sidecar for each agent in this process.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// Runs until SIGINT or SIGTERM.
int Dev(const DevArguments& args, std::ostream& out, std::ostream& err);

}  // namespace herald::cli
