// SPDX-License-Identifier: Apache-2.0
//
// When a decision is recorded, and with what: the same on both sides of a
// call. record.h makes the line; this knows whether one is due, asks what the
// shadow policies would have said, and counts.
#pragma once

#include <string>
#include <string_view>

#include "policy/decision.h"
#include "policy/program.h"
#include "sidecar/call/call_facts.h"
#include "sidecar/call/environment.h"

namespace herald::call {

// A decision and what it was about.
struct Judgement {
  std::string_view side;  // "caller" or "callee"
  std::string_view peer;
  policy::Path path;
  const policy::Decision* decision;
  uint32_t attempt = 1;
};

// Writes the line of a decision, where one is due: a refusal, whatever an
// obligation audits, what is observed, overridden or judged otherwise by the
// shadow policies, and everything with `decisionLog: {all: true}`. Returns
// whether it wrote one; then the call's outcome is to be recorded too.
bool Record(Environment& env, const policy::Program& program,
            const CallFacts& call, const Judgement& judgement);

// What a permit comes to when one of its obligations cannot be kept just now:
// a refusal under the same rules.
policy::Decision Unmet(const policy::Decision& permitted, std::string reason);

inline constexpr char kUnrecorded[] =
    "policy obliges us to record this call, and the decision log cannot be "
    "written";

}  // namespace herald::call
