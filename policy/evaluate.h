// SPDX-License-Identifier: Apache-2.0
//
// Program x Call x Path -> Decision: the only place where a Permit is made.
// Both sides of a call ask here: the caller's sidecar with the relays and the
// peer as the path, the callee's with the identity of the certificate and its
// own facts. Both must permit.
#pragma once

#include <string_view>

#include "policy/decision.h"
#include "policy/judge.h"
#include "policy/program.h"
#include "policy/question.h"

namespace herald::policy {

// Evaluate itself is declared in decision.h.

// What the shadow policies together with the enforced ones would say. Of use
// only when program.has_shadow(); it mints nothing.
Decision EvaluateShadow(const Program& program, const Call& call,
                        const Path& path);

// A policy to start from, for the refusal that says there is none.
extern const std::string_view kMinimalPolicy;

}  // namespace herald::policy
