// SPDX-License-Identifier: Apache-2.0
//
// `herald sidecar --config FILE`: runs until it is told to end.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// SIGTERM and SIGINT drain; a second one ends at once. kUnusable for
// configuration that cannot be used, kWorldFailed for addresses and files that
// cannot be had.
int RunSidecar(const SidecarArguments& args, std::ostream& err);

}  // namespace herald::cli
