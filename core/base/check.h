// SPDX-License-Identifier: Apache-2.0
//
// CHECK is for our own bugs and stays on in release builds. It says where and
// why, then aborts: a supervisor restarts us, and no wrong answer leaves.
#pragma once

namespace herald::internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* what);
}  // namespace herald::internal

// HERALD_CHECK(a == b, "why this cannot happen");
#define HERALD_CHECK(condition, why)                            \
  do {                                                          \
    if (!(condition)) [[unlikely]]                              \
      ::herald::internal::CheckFailed(__FILE__, __LINE__,       \
                                      #condition " (" why ")"); \
  } while (false)
