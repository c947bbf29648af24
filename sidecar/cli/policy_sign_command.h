// SPDX-License-Identifier: Apache-2.0
//
// herald policy key, sign: who may put an Override in force. The public key is
// named in a sidecar's policySigners; the seal lies beside the text.
#pragma once

#include <ostream>

#include "sidecar/cli/arguments.h"

namespace herald::cli {

int PolicyKey(const PolicyKeyArguments& args, std::ostream& out,
              std::ostream& err);
int PolicySign(const PolicySignArguments& args, std::ostream& out,
               std::ostream& err);

}  // namespace herald::cli
