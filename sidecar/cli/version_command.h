// SPDX-License-Identifier: Apache-2.0
//
// `herald version`: ours, and those of what we are linked with.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

int Version(const VersionArguments& args, std::ostream& out);

}  // namespace herald::cli
