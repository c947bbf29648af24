// SPDX-License-Identifier: Apache-2.0
//
// Checked policies to a Program. Nothing can fail here any more: names are
// known, bounds are kept (check.h).
#pragma once

#include <memory>
#include <string>

#include "policy/program.h"
#include "policy/schema.h"
#include "policy/vocabulary.h"

namespace herald::policy {

// Which obligations somebody here can discharge, beyond `audit`, which always
// can, and `encrypt: endToEnd`, which the path decides. A permit that demands
// another permits nothing.
struct Discharge {
  bool meter = false;
  bool retain = false;
  bool redact = false;
  bool notify = false;
};

std::shared_ptr<const Program> Compile(const PolicySet& set,
                                       const Vocabulary& words,
                                       const Discharge& discharge,
                                       std::string hash);

}  // namespace herald::policy
