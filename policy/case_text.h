// SPDX-License-Identifier: Apache-2.0
//
// For tests: a question as the text of a PolicyTest, so that a failing random
// case can be taken over as it is into tests/cases/policy.
#pragma once

#include <string>
#include <vector>

#include "policy/fixture_file.h"

namespace herald::policy {

// `policies` are names of files. parse(CaseText(x)) == x, but for texts that
// are empty.
std::string CaseText(const TestCase& test,
                     const std::vector<std::string>& policies);

}  // namespace herald::policy
