// SPDX-License-Identifier: Apache-2.0
//
// `herald route explain AGENT`: which peer a call would go to now, and how
// every other one stands.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// kNo where no peer can have the call.
int RouteExplain(const RouteExplainArguments& args, std::ostream& out,
                 std::ostream& err);

}  // namespace herald::cli
