// SPDX-License-Identifier: Apache-2.0
//
// `herald directory`: the API server's list and watch of our kinds, fanned out
// to thousands of sidecars. It keeps no state, so any number of replicas may
// run.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// Runs until it is told to stop. 2 when a file or an address cannot be used, 3
// when the address cannot be listened on.
int RunDirectory(const DirectoryArguments& args, std::ostream& err);

}  // namespace herald::cli
