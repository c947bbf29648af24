// SPDX-License-Identifier: Apache-2.0
//
// Checked policies to a Program. Nothing can fail here any more: names are
// known, bounds are kept (check.h).
#pragma once

#include <memory>

#include "policy/program.h"
#include "policy/schema.h"
#include "policy/vocabulary.h"

namespace herald::policy {

// Which obligations somebody here can discharge, beyond `audit`, which always
// can, and `encrypt: endToEnd`, which the path decides. A permit that demands
// another permits nothing.
struct Discharge {
  enum class Retain {
    kNobody,
    kByPromise,  // the callee, where its site's `retention` is short enough
    kAlways,     // for tests of policies
  };
  bool meter = false;
  Retain retain = Retain::kNobody;
  bool redact = false;
  bool notify = false;
};

// `facts` bears the hash and the files' names; the rest of it is filled here.
std::shared_ptr<const Program> Compile(const PolicySet& set,
                                       const Vocabulary& words,
                                       const Discharge& discharge,
                                       ProgramFacts facts);

}  // namespace herald::policy
