// SPDX-License-Identifier: Apache-2.0
//
// What one object says of another: the policy that a shadow replaces, the
// Forbids that an Override lifts. Only check.cc includes this header.
#pragma once

#include "policy/schema.h"
#include "policy/vocabulary.h"

namespace herald::policy {

void CheckReferences(const PolicySet& set, Files& files);

}  // namespace herald::policy
