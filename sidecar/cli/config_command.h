// SPDX-License-Identifier: Apache-2.0
//
// `herald config check`: a configuration and every file it names, with all
// problems at once.
#pragma once

#include <ostream>

#include "core/base/time.h"
#include "sidecar/cli/arguments.h"

namespace herald::cli {

// 0 when a sidecar could start with these files, warnings or not; else 2.
// Problems go to `err`, the summary to `out`; with --json one object a problem
// and a last one for the summary go to `out`.
int ConfigCheck(const ConfigCheckArguments& arguments, WallTime now,
                std::ostream& out, std::ostream& err);

}  // namespace herald::cli
