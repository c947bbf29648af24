// SPDX-License-Identifier: Apache-2.0
//
// The one walk over a Program that decides. Evaluate asks it for a verdict,
// explain asks it with an ear: there is no second evaluator that could
// disagree with the first.
//
//   L = closure of the labels, or {unlabelled}
//   a Forbid or Oblige fires when its atoms are True or Unknown
//   a Permit matches when they are all True
//   any Forbid                          -> Deny
//   a controlled label without a Permit -> Deny
//   an Oblige that cannot be met        -> Deny
//   else Permit, with the obligations of all that matched joined
//
// and of what is enforced only, and only of a call that says when it is:
//
//   the rules of an Override whose window is open are weighed, and the Forbids
//   that it lifts are not; it is named, and the call is recorded
//   a Deny of a caller in an observed namespace is a Permit that is recorded,
//   unless a Forbid of a cluster policy fired
#pragma once

#include <cstdint>

#include "policy/decision.h"
#include "policy/program.h"
#include "policy/question.h"
#include "policy/truth.h"

namespace herald::policy {

inline constexpr std::string_view kNoPolicy = "no policy is configured";

enum class Extent {
  kEnforced,    // what holds
  kWithShadow,  // what would hold if shadow policies did, for good
};

// Hears every rule in scope that concerns the call's labels, each atom of it,
// then its truth. Calls nothing back.
class Listener {
 public:
  virtual ~Listener() = default;
  // `node` is the node of the path that decided the atom, or -1.
  virtual void OnAtom(const CompiledRule& rule, const Atom& atom, Truth truth,
                      int node) = 0;
  virtual void OnRule(const CompiledRule& rule, Truth truth) = 0;
  // The Forbid heard of last would fire, but for this Override.
  virtual void OnLifted(const CompiledRule&, std::string_view) {}
};

// Total: any call and path has an answer. The Decision bears no Permit; only
// Evaluate mints one.
Decision Judge(const Program& program, const Call& call, const Path& path,
               Extent extent, Listener* listener);

// Whether a preference's selector holds for the call, unknowns counting as no.
bool Selects(const Program& program, const Call& call,
             const CompiledRule& rule);

}  // namespace herald::policy
