// SPDX-License-Identifier: Apache-2.0
//
// `herald inject`: manifests in, the same with a sidecar in every pod out. What
// the webhook does at admission, done offline: for clusters without it, and to
// see what it would do.
#pragma once

#include <istream>
#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

// 0 when all of it could be read and printed; 2 with every problem otherwise,
// and then nothing is printed. What was left alone is said on `err`.
int Inject(const InjectArguments& args, std::istream& in, std::ostream& out,
           std::ostream& err);

}  // namespace herald::cli
