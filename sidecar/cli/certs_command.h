// SPDX-License-Identifier: Apache-2.0
//
// `herald certs init` and `herald certs issue`: the development CA on disk.
// DIR/ca.crt is the root that every sidecar trusts, DIR/ca.key what issues.
// Messages go to the streams, the answer is the exit code.
#pragma once

#include <ostream>

#include "core/base/time.h"
#include "sidecar/cli/arguments.h"

namespace herald::cli {

// Makes the folder where it is missing. An existing CA is never overwritten:
// every certificate it has issued would be worth nothing.
int CertsInit(const CertsInitArguments& arguments, WallTime now,
              std::ostream& out, std::ostream& err);

// Writes OUT.crt and OUT.key, in DIR unless OUT has a path of its own. Older
// ones of that name are replaced, each at once: that is how a certificate is
// renewed.
int CertsIssue(const CertsIssueArguments& arguments, WallTime now,
               std::ostream& out, std::ostream& err);

}  // namespace herald::cli
