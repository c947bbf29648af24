// SPDX-License-Identifier: Apache-2.0
//
// A policy object as it is being written: what the compiler has against its
// text, said to whoever applies it rather than found later in a status.
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/json/json.h"

namespace herald::injector {

bool IsPolicyKind(const std::string& kind);

// What the grammar has against the object alone. Names that other objects
// declare (labels, sets of countries) are not looked at: they may be applied
// together, in any order; the object's status tells of those.
Issues FaultsOfPolicy(const json::Value& object);

}  // namespace herald::injector
