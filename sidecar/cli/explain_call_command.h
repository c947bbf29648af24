// SPDX-License-Identifier: Apache-2.0
//
// `herald explain CALL-ID`: what happened to a call and why, from the decision
// log, for whoever has to answer a ticket.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// kFine when the call was permitted, kNo when it was denied, kUnusable when
// nothing is known of it, kWorldFailed when no sidecar could be asked.
int ExplainCall(const ExplainCallArguments& args, std::ostream& out,
                std::ostream& err);

}  // namespace herald::cli
