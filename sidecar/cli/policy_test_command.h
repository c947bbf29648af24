// SPDX-License-Identifier: Apache-2.0
//
// `herald policy test`: PolicyTest files, and how much they cover.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// Runs PolicyTest files (or the ones among a folder's *.yaml): a line for each
// failing case, then "N passed, N failed". With `json` an object a case, one a
// line, and one of coverage last where it is asked for. kNo when some failed
// (or, with require_coverage, are missing), kUnusable when a file cannot be
// used, kWorldFailed when the JUnit file cannot be written.
int PolicyTest(const PolicyTestArguments& args, std::ostream& out,
               std::ostream& err);

}  // namespace herald::cli
