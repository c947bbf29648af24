// SPDX-License-Identifier: Apache-2.0
//
// Reads the small text files that people write: configuration, peers,
// policies. Whole, bounded, and with an error that says which file and why.
// It blocks, so it is for start and for reloads.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/status.h"

namespace herald {

// As much as the YAML reader takes.
inline constexpr size_t kMaxTextFile = 1 << 20;

// Errors begin with `path`: "peers.yaml: No such file or directory".
StatusOr<std::string> ReadTextFile(const std::string& path,
                                   size_t limit = kMaxTextFile);

}  // namespace herald
