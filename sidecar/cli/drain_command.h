// SPDX-License-Identifier: Apache-2.0
//
// `herald drain`: those who call the running sidecar's agents are sent
// elsewhere, in order; its agents' own calls go on until it is ended.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

int Drain(const DrainArguments& args, std::ostream& out, std::ostream& err);

}  // namespace herald::cli
