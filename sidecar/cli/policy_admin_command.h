// SPDX-License-Identifier: Apache-2.0
//
// herald policy show, rollback: what the running sidecar enforces, and back to
// what it enforced before.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

int PolicyShow(const PolicyShowArguments& args, std::ostream& out,
               std::ostream& err);
int PolicyRollback(const PolicyRollbackArguments& args, std::ostream& out,
                   std::ostream& err);

}  // namespace herald::cli
