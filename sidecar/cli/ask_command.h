// SPDX-License-Identifier: Apache-2.0
//
// Commands that ask a running sidecar's admin page: `herald agents`, `herald
// peers`, and `herald policy explain` without --config.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

int Agents(const AgentsArguments& args, std::ostream& out, std::ostream& err);
int Peers(const PeersArguments& args, std::ostream& out, std::ostream& err);
int ExplainByAsking(const PolicyExplainArguments& args, std::ostream& out,
                    std::ostream& err);

}  // namespace herald::cli
