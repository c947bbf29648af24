// SPDX-License-Identifier: Apache-2.0
//
// One rule as canonical text. Only print.cc includes this header.
#pragma once

#include <string>

#include "policy/schema.h"

namespace herald::policy {

// Its lines, "  - id: ..." first.
std::string PrintRule(const Rule& rule);

}  // namespace herald::policy
