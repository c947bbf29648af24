// SPDX-License-Identifier: Apache-2.0
//
// Text to plain values: the grammar of the language. What cannot be said is
// refused here (a Forbid over all nodes, a Permit on a label other than by
// `covers`), because the laws of the language hold by grammar: see
// docs/POLICY.md. Whether the names mean something is for check.h.
#pragma once

#include <cstddef>

#include "core/yaml/problems.h"
#include "policy/schema.h"

namespace herald::policy {

inline constexpr std::string_view kApiVersion = "herald.dev/v1alpha1";

// Adds the objects of `problems.text()` to `set`; they bear `file` as the
// number of their text. PolicyTest objects are passed over (fixture.h).
void Parse(yaml::Problems& problems, size_t file, PolicySet& set);

}  // namespace herald::policy
