// SPDX-License-Identifier: Apache-2.0
//
// A question and its answer as a case of a PolicyTest: what diff shows as a
// witness can be pasted under `cases:` as it is.
#pragma once

#include <string>

#include "policy/fixture_file.h"

namespace herald::policy {

// Its lines, each behind `indent`; what is unknown is left out.
std::string PrintCase(const TestCase& test, const std::string& indent);

}  // namespace herald::policy
