// SPDX-License-Identifier: Apache-2.0
//
// What an outbound call leaves behind: its lines in the decision log, its
// counts, and its end where a new policy cuts it.
#include <algorithm>
#include <utility>

#include "policy/evaluate.h"
#include "sidecar/audit/meters.h"
#include "sidecar/call/outbound_call.h"
#include "sidecar/call/recent_calls.h"
#include "sidecar/call/record.h"
#include "sidecar/call/recorder.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {

void OutboundCall::RecordDecision(const Judged& judged) {
  PathNodes nodes = PathTo(*judged.peer, *snapshot_);
  audited_ = Record(
      env(), *program_, call_,
      {.side = "caller",
       .peer = judged.peer->name,
       .path = {.nodes = nodes, .keys_held_in = judged.peer->site->country},
       .decision = &judged.decision,
       .attempt = number_});
}

void OutboundCall::RecordAttemptEnd(std::string_view outcome, Fate fate) {
  if (!attempt_open_) return;
  attempt_open_ = false;
  peer_state_->OnDone(fate, env().loop.Now());
  if (audited_) RecordOutcome(outcome);
}

void OutboundCall::RecordOutcome(std::string_view outcome,
                                 std::span<const std::string> rules) {
  env().decisions.Write(RenderOutcome({.at = env().loop.WallNow(),
                                       .side = "caller",
                                       .node = env().self.node,
                                       .call_id = call_.id,
                                       .peer = peer_->name,
                                       .attempt = number_,
                                       .outcome = outcome,
                                       .status = status_,
                                       .rules = rules,
                                       .bytes_out = relay_.request_bytes(),
                                       .bytes_in = relay_.response_bytes(),
                                       .took = env().loop.Now() - opened_}));
}

void OutboundCall::Refuse(const Judged& permitted, const std::string& why) {
  if (bound_) return AnswerUnknown("was not asked again: " + why);
  policy::Decision refused = Unmet(permitted.decision, why);
  Problem problem;
  problem.outcome = Outcome::kDenied;
  problem.detail = why;
  problem.rules.assign(refused.rules.begin(), refused.rules.end());
  RecordDecision({permitted.peer, std::move(refused)});
  AnswerProblem(std::move(problem));
}

void OutboundCall::NoteOnce() {
  if (std::exchange(noted_, true) || env().recent == nullptr) return;
  env().recent->Note(call_, /*inbound=*/false, env().loop.Now());
}

bool OutboundCall::Meter(const Judged& chosen) {
  for (const std::string& meter : chosen.decision.obligations.meters) {
    auto known = std::find(metered_.begin(), metered_.end(), meter);
    if (known != metered_.end()) continue;
    if (env().meters == nullptr || !env().meters->Add(meter)) {
      Refuse(chosen, "policy obliges us to count this call under '" + meter +
                         "', and the meters cannot be written");
      return false;
    }
    metered_.push_back(meter);
  }
  return true;
}

// --- live change

void OutboundCall::OnPolicyChange(
    const std::shared_ptr<const policy::Program>& program) {
  const bool under_way = waiting_ || (attempt_open_ && !relay_.answered());
  if (!under_way || program == program_) return;
  DropRival("cancelled");  // it was not to be judged twice
  CallFacts now = call_;
  now.at = env().loop.WallNow();
  now.Settle(*program);
  PathNodes nodes = PathTo(*peer_, *snapshot_);
  policy::Decision decision =
      policy::Evaluate(*program, now.ToQuestion(),
                       {.nodes = nodes, .keys_held_in = peer_->site->country});
  if (!decision.allowed() && decision.cuts) Cut(decision);
}

void OutboundCall::Cut(const policy::Decision& decision) {
  owner_.cut_.Add();
  Problem problem;
  problem.outcome = Outcome::kPolicyChanged;
  problem.detail =
      "a policy that came into force while this call was under way forbids it";
  problem.rules.assign(decision.rules.begin(), decision.rules.end());
  outcome_ = Outcome::kPolicyChanged;
  audited_ = false;  // what follows is recorded, whatever the call was
  StopWaiting(ToString(outcome_));
  RecordAttemptEnd(ToString(outcome_), fate_);
  if (!relay_.committed()) {
    AnswerProblem(problem);
    RecordOutcome(ToString(outcome_), problem.rules);
    return;
  }
  RecordOutcome(ToString(outcome_), problem.rules);
  if (may_trail_) {
    relay_.EndWithTrailers(MakeGrpcTrailers(problem));
  } else {
    relay_.Abort(http::Reset::kCancelled);
  }
}

}  // namespace herald::call
