// SPDX-License-Identifier: Apache-2.0
//
// `herald injector`: the admission webhook as a process of its own. It keeps no
// state, so any number of replicas may run.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// Runs until it is told to stop. 2 when the settings or the certificate cannot
// be used, 3 when the address cannot be listened on.
int RunInjector(const InjectorArguments& args, std::ostream& err);

}  // namespace herald::cli
