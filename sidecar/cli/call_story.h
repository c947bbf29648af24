// SPDX-License-Identifier: Apache-2.0
//
// What happened to one call, told from the lines of the decision log: what was
// asked, each attempt with what policy said of it and why, and how it ended.
// Values in, text out.
#pragma once

#include <string>
#include <vector>

#include "core/json/json.h"

namespace herald::cli {

// Whether the call went: some decision permitted it, or nothing was recorded
// but its end, and no policy of the other side took it back.
bool WasPermitted(const std::vector<json::Object>& lines);

// For people. REQUIRES: `lines` are of one call, in their order, not empty.
std::string TellCall(const std::vector<json::Object>& lines);

}  // namespace herald::cli
