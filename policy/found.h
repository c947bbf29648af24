// SPDX-License-Identifier: Apache-2.0
//
// What was there instead of what a rule asked, in words. Only explain.cc
// includes this header.
#pragma once

#include <string>

#include "policy/program.h"
#include "policy/question.h"

namespace herald::policy {

// `node`: the node of the path that decided the atom, or -1. Empty where
// there is nothing to show.
std::string FoundFor(const Atom& atom, const Call& call, const Path& path,
                     int node);

}  // namespace herald::policy
