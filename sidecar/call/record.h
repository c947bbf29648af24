// SPDX-License-Identifier: Apache-2.0
//
// One decision as a line of JSON: what was asked, what policy said and why.
// Written where an obligation asks for it, and for every refusal.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "policy/decision.h"
#include "sidecar/call/call_facts.h"

namespace herald::call {

struct DecisionRecord {
  WallTime at;
  std::string_view side;  // "caller" or "callee"
  std::string_view node;
  const CallFacts* call;
  std::string_view peer;
  std::span<const policy::Node> path;
  const policy::Decision* decision;
  // Of a refusal: each failing condition, as `explain` says it.
  std::span<const std::string> failed;
  // What the shadow policies would say, where that is something else.
  const policy::Decision* shadow = nullptr;
  std::string_view policy_hash;
  uint32_t attempt = 1;
};
std::string RenderDecision(const DecisionRecord& record);

struct OutcomeRecord {
  WallTime at;
  std::string_view side;
  std::string_view node;
  std::string_view call_id;
  std::string_view peer;
  uint32_t attempt = 1;
  // Outcome's word; of an attempt that was moved also "not-sent", "refused".
  std::string_view outcome;
  int status = 0;                      // HTTP, 0: none
  std::span<const std::string> rules;  // that cut it
  uint64_t bytes_out = 0;
  uint64_t bytes_in = 0;
  Duration took{0};
};
std::string RenderOutcome(const OutcomeRecord& record);

// So many lines are missing before this one: the disk did not take them.
std::string RenderGap(WallTime at, std::string_view node, uint64_t lost);

// "2026-11-21T01:02:03.456789Z"
std::string RenderTime(WallTime at);

}  // namespace herald::call
