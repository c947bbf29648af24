// SPDX-License-Identifier: Apache-2.0
//
// `herald policy explain --config FILE`: judges by a configuration's own
// files, without a running sidecar.
#pragma once

#include <ostream>

#include "core/base/time.h"
#include "sidecar/cli/arguments.h"

namespace herald::cli {

int ExplainByConfig(const PolicyExplainArguments& args, WallTime now,
                    std::ostream& out, std::ostream& err);

}  // namespace herald::cli
