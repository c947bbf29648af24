// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/recorder.h"

#include <optional>
#include <utility>
#include <vector>

#include "policy/evaluate.h"
#include "policy/explain.h"
#include "sidecar/call/recent_calls.h"
#include "sidecar/call/record.h"

namespace herald::call {
namespace {

using Audit = policy::Obligations::Audit;

// What the shadow policies would say, where that is something else.
std::optional<policy::Decision> ShadowOf(Environment& env,
                                         const policy::Program& program,
                                         const policy::Call& question,
                                         const Judgement& judgement) {
  if (!program.has_shadow()) return std::nullopt;
  auto shadow = policy::EvaluateShadow(program, question, judgement.path);
  if (shadow.verdict == judgement.decision->verdict) return std::nullopt;
  env.metrics
      .counter(
          "herald_policy_shadow_total",
          "Decisions that shadow policies would turn, by what they would "
          "say.",
          "verdict=\"" + std::string(policy::ToString(shadow.verdict)) + "\"")
      .Add();
  if (env.recent && shadow.verdict == policy::Verdict::kDeny) {
    env.recent->NoteShadow(shadow.rules);
  }
  return shadow;
}

}  // namespace

bool Record(Environment& env, const policy::Program& program,
            const CallFacts& call, const Judgement& judgement) {
  const policy::Decision& decision = *judgement.decision;
  policy::Call question = call.ToQuestion();
  auto shadow = ShadowOf(env, program, question, judgement);
  if (decision.observed) {
    env.metrics
        .counter("herald_policy_observed_total",
                 "Calls let through only because their namespace is observed.")
        .Add();
    if (env.recent) env.recent->NoteObserved(decision.rules);
  }
  const bool refused = decision.verdict == policy::Verdict::kDeny;
  const bool due = refused || decision.obligations.audit != Audit::kNone ||
                   decision.observed || !decision.overrides.empty() || shadow ||
                   env.record_all;
  if (!due) return false;
  std::vector<std::string> failed;
  if (refused || decision.observed) {
    failed = policy::FailedAtoms(program, question, judgement.path);
  }
  env.decisions.Write(RenderDecision({.at = env.loop.WallNow(),
                                      .side = judgement.side,
                                      .node = env.self.node,
                                      .call = &call,
                                      .peer = judgement.peer,
                                      .path = judgement.path.nodes,
                                      .decision = &decision,
                                      .failed = failed,
                                      .shadow = shadow ? &*shadow : nullptr,
                                      .policy_hash = program.hash(),
                                      .attempt = judgement.attempt}));
  return true;
}

policy::Decision Unmet(const policy::Decision& permitted, std::string reason) {
  policy::Decision out;
  out.verdict = policy::Verdict::kDeny;
  out.code = policy::Code::kUnmetObligation;
  out.rules = permitted.rules;
  out.obligations = permitted.obligations;
  out.reason = std::move(reason);
  return out;
}

}  // namespace herald::call
