// SPDX-License-Identifier: Apache-2.0
#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace herald::internal {

void CheckFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "herald: %s:%d: check failed: %s\n", file, line, what);
  std::abort();
}

}  // namespace herald::internal
