// SPDX-License-Identifier: Apache-2.0
//
// What an inbound call leaves behind: its lines in the decision log, its
// counts, and its end where a new policy cuts it.
#include <utility>

#include "policy/evaluate.h"
#include "sidecar/audit/meters.h"
#include "sidecar/call/inbound_call.h"
#include "sidecar/call/record.h"
#include "sidecar/call/recorder.h"

namespace herald::call {

InboundCall::Nodes InboundCall::PathEndingAt(const Site& site) const {
  Nodes nodes;
  for (const RelayNode& relay : context_.relays) {
    nodes.push_back(
        {.relay = true, .terminates = relay.terminates, .site = &relay.site});
  }
  nodes.push_back({.site = &site});
  return nodes;
}

policy::Decision InboundCall::Judge(const policy::Program& program,
                                    const CallFacts& call,
                                    const Site& site) const {
  Nodes nodes = PathEndingAt(site);
  return policy::Evaluate(program, call.ToQuestion(),
                          {.nodes = nodes, .keys_held_in = site.country});
}

void InboundCall::RecordDecision(const policy::Decision& decision,
                                 const Site& site) {
  Nodes nodes = PathEndingAt(site);
  bool recorded =
      Record(env(), *program_, call_,
             {.side = "callee",
              .peer = env().self.node,
              .path = {.nodes = nodes, .keys_held_in = site.country},
              .decision = &decision,
              .attempt = context_.attempt});
  audited_ = audited_ || recorded;
}

void InboundCall::RecordOutcome(std::span<const std::string> rules) {
  env().decisions.Write(RenderOutcome({.at = env().loop.WallNow(),
                                       .side = "callee",
                                       .node = env().self.node,
                                       .call_id = call_.id,
                                       .peer = env().self.node,
                                       .attempt = context_.attempt,
                                       .outcome = ToString(outcome_),
                                       .status = status_,
                                       .rules = rules,
                                       .bytes_out = relay_.request_bytes(),
                                       .bytes_in = relay_.response_bytes(),
                                       .took = env().loop.Now() - began_}));
}

void InboundCall::Refuse(const policy::Decision& permitted,
                         const std::string& why) {
  policy::Decision refused = Unmet(
      permitted, "policy obliges " + env().self.node + " to more: " + why);
  RecordDecision(refused, env().self.site);
  AnswerWith(Outcome::kDenied, refused.reason, true);
}

bool InboundCall::Meter(const policy::Decision& permitted) {
  if (own_agent_) return true;  // counted as it left
  for (const std::string& meter : permitted.obligations.meters) {
    if (env().meters != nullptr && env().meters->Add(meter)) continue;
    Refuse(permitted, "the meter '" + meter + "' cannot be written");
    return false;
  }
  return true;
}

// --- live change

void InboundCall::OnPolicyChange(
    const std::shared_ptr<const policy::Program>& program) {
  if (program != program_) JudgeAgain(program);
}

void InboundCall::JudgeAgain(
    const std::shared_ptr<const policy::Program>& program) {
  const bool under_way = untouched() || (delivery_ && !relay_.answered());
  if (!under_way) return;
  CallFacts now = call_;
  now.at = env().loop.WallNow();
  now.Settle(*program);
  policy::Decision decision = Judge(*program, now, env().self.site);
  if (!decision.allowed() && decision.cuts) Cut(decision);
}

void InboundCall::Cut(const policy::Decision& decision) {
  owner_.cut_.Add();
  Problem problem;
  problem.outcome = Outcome::kPolicyChanged;
  problem.detail =
      "a policy of the callee's that came into force while this "
      "call was under way forbids it";
  if (!CallerIsForeign()) {
    problem.rules.assign(decision.rules.begin(), decision.rules.end());
  }
  const std::vector<std::string> rules(decision.rules.begin(),
                                       decision.rules.end());
  outcome_ = Outcome::kPolicyChanged;
  RecordOutcome(rules);
  audited_ = false;  // that was its last line
  const bool unseen = untouched();
  StopWaiting();
  owner_.keyed_.Cut(relay_.out_events());
  if (!relay_.committed()) {
    AnswerProblem(std::move(problem), unseen);
  } else if (may_trail_) {
    relay_.EndWithTrailers(MakeGrpcTrailers(problem));
  } else {
    relay_.Abort(http::Reset::kCancelled);
  }
}

}  // namespace herald::call
