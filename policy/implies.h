// SPDX-License-Identifier: Apache-2.0
//
// Which rule covers which, read off the rules alone: the logic under `lint`.
// Sound, not complete: what is said to imply does, whatever the call and the
// path; what is not said may.
#pragma once

#include "policy/labels.h"
#include "policy/program.h"

namespace herald::policy {

// Does `b` hold wherever `a` does? Both are unknown for the same nodes, so it
// is true of "known to hold" and of "not known to fail" alike.
bool Implies(const NodeFact& a, const NodeFact& b);
bool Implies(const Atom& a, const Atom& b, const LabelTable& labels);

// Whatever `narrow` does, `wide` does for the same calls and paths: permits
// (with obligations at least as strict), forbids or obliges. Same effect only.
bool Covers(const CompiledRule& wide, const CompiledRule& narrow,
            const LabelTable& labels);

// `forbid` fires for every call and path that `permit` matches.
bool Cancels(const CompiledRule& forbid, const CompiledRule& permit,
             const LabelTable& labels);

}  // namespace herald::policy
