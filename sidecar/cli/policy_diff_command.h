// SPDX-License-Identifier: Apache-2.0
//
// `herald policy diff A B`: what a change of policy changes, by classes of
// calls and, with a decision log, by the calls that there were.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// kFine when no verdict flips, kNo when calls are only newly denied, kOpens
// when some are newly permitted, kUnusable when a file cannot be used.
int PolicyDiff(const PolicyDiffArguments& args, std::ostream& out,
               std::ostream& err);

}  // namespace herald::cli
