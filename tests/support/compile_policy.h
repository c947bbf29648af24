// SPDX-License-Identifier: Apache-2.0
//
// A policy from a text that the test knows to be good.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "core/base/check.h"
#include "policy/load.h"

namespace herald::test {

inline std::shared_ptr<const policy::Program> CompilePolicy(
    const std::string& text, const policy::Discharge& discharge = {}) {
  policy::Loaded loaded = policy::Load({{"policy.yaml", text}}, discharge);
  for (const Issue& issue : loaded.issues) {
    if (issue.severity == Issue::Severity::kWarning) continue;
    std::fprintf(stderr, "%s\n", issue.text.c_str());
  }
  HERALD_CHECK(loaded.program != nullptr, "the test's policy is good");
  return loaded.program;
}

}  // namespace herald::test
