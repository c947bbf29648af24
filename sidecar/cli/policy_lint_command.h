// SPDX-License-Identifier: Apache-2.0
//
// `herald policy lint | print`: policies as they are written, without a call.
#pragma once

#include <ostream>

#include "core/base/time.h"
#include "sidecar/cli/arguments.h"

namespace herald::cli {

// kFine without findings, kNo with some, kUnusable when a file has errors.
int PolicyLint(const PolicyLintArguments& args, WallTime now, std::ostream& out,
               std::ostream& err);

// The canonical text of the policies in these files. Grammar is checked, names
// are not: what they mean may stand in files that are not printed.
int PolicyPrint(const PolicyPrintArguments& args, std::ostream& out,
                std::ostream& err);

}  // namespace herald::cli
