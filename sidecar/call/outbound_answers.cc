// SPDX-License-Identifier: Apache-2.0
//
// The answers that an outbound call gives by itself: what is wrong, where, and
// what to do.
#include <algorithm>
#include <utility>

#include "core/base/issue.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/judge.h"
#include "sidecar/call/outbound_call.h"

namespace herald::call {
namespace {

// The refused peer that failed the fewest conditions: the one to make lawful.
std::optional<Problem::Nearest> NearestOf(const policy::Program& program,
                                          const CallFacts& call,
                                          const std::vector<Judged>& denied,
                                          const discovery::Snapshot& snapshot) {
  std::optional<Problem::Nearest> best;
  for (const Judged& one : denied) {
    PathNodes nodes = PathTo(*one.peer, snapshot);
    policy::Path path{.nodes = nodes, .keys_held_in = one.peer->site->country};
    auto failed = policy::FailedAtoms(program, call.ToQuestion(), path);
    if (!best || failed.size() < best->failed.size()) {
      best = {one.peer->name, std::move(failed)};
    }
  }
  return best;
}

std::string DenialDetail(const std::vector<Judged>& denied) {
  const policy::Decision& first = denied.front().decision;
  if (first.reason == policy::kNoPolicy) {
    return first.reason + "; a minimal one to start from:\n" +
           std::string(policy::kMinimalPolicy);
  }
  if (!first.reason.empty()) return first.reason;
  if (!first.unpermitted.empty()) {
    std::string labels;
    for (std::string_view label : first.unpermitted) {
      if (!labels.empty()) labels += ", ";
      labels += label;
    }
    return "no rule permits data labelled " + labels +
           " to go to any living peer";
  }
  return "a rule forbids this call for every living peer";
}

// The peer lives and gave up in the middle of its answer: to say that no peer
// lives would send people to the wrong place.
bool BrokeItsAnswer(http::Reset reason) {
  return reason == http::Reset::kProtocol || reason == http::Reset::kTooBig ||
         reason == http::Reset::kCancelled || reason == http::Reset::kInternal;
}

}  // namespace

void OutboundCall::AnswerDenied(
    const std::vector<discovery::EndpointPtr>& peers, bool somebody_lives) {
  if (!somebody_lives) {
    if (last_reset_ && BrokeItsAnswer(*last_reset_)) {
      AnswerLost(*last_reset_);
      return;
    }
    std::string detail =
        "no peer that serves '" + call_.agent + "' can be reached";
    if (!last_failure_.empty()) detail += "; last, " + last_failure_;
    AnswerWith(Outcome::kNoPeer, detail);
    return;
  }
  std::vector<Judged> denied;
  for (const discovery::EndpointPtr& peer : peers) {
    denied.push_back(JudgeOne(*program_, call_, peer, *snapshot_));
  }
  Problem problem;
  problem.outcome = Outcome::kDenied;
  problem.detail = DenialDetail(denied);
  problem.nearest = NearestOf(*program_, call_, denied, *snapshot_);
  for (const Judged& one : denied) {
    RecordDecision(one);
    for (std::string_view rule : one.decision.rules) {
      problem.rules.emplace_back(rule);
    }
  }
  std::sort(problem.rules.begin(), problem.rules.end());
  problem.rules.erase(std::unique(problem.rules.begin(), problem.rules.end()),
                      problem.rules.end());
  AnswerProblem(std::move(problem));
}

void OutboundCall::AnswerUnknownAgent() {
  auto names = env().snapshot()->AgentNames();
  if (env().self.endpoint != nullptr) {  // ours can be called, too
    for (const auto& agent : env().self.agents) names.push_back(agent.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  std::string detail = "no peer serves an agent named '" + call_.agent + "'";
  std::string near = herald::Nearest(call_.agent, names);
  if (!near.empty()) {
    detail += "; did you mean '" + near + "'?";
  } else if (!names.empty()) {
    detail += "; known are ";
    constexpr size_t kShown = 10;
    for (size_t i = 0; i < names.size() && i < kShown; ++i) {
      detail += (i > 0 ? ", " : "") + names[i];
    }
  }
  AnswerWith(Outcome::kUnknownAgent, detail);
}

void OutboundCall::AnswerLost(http::Reset reason) {
  std::string peer = peer_->Label() + " at " + peer_->address.ToString();
  std::string spent;
  if (budget_spent_) {
    spent = "; other peers were not tried: too many calls to '" + call_.agent +
            "' were repeated already";
  }
  switch (reason) {
    case http::Reset::kNotSent:
    case http::Reset::kRefused:
      // The request cannot be sent from its start again, or not at this cost.
      AnswerWith(Outcome::kNoPeer, peer + " could not take the call" + spent);
      return;
    case http::Reset::kProtocol:
    case http::Reset::kTooBig:
      AnswerWith(Outcome::kBadAgent,
                 peer + " answered with something that is no HTTP response");
      return;
    case http::Reset::kCancelled:
    case http::Reset::kInternal:
    case http::Reset::kLost:
      AnswerWith(Outcome::kOutcomeUnknown,
                 "the call was sent to " + peer +
                     " and ended without an answer (" +
                     std::string(http::ToString(reason)) +
                     "); it may have been done" + spent);
      return;
  }
}

void OutboundCall::AnswerWith(Outcome outcome, std::string detail) {
  Problem problem;
  problem.outcome = outcome;
  problem.detail = std::move(detail);
  AnswerProblem(std::move(problem));
}

void OutboundCall::AnswerProblem(Problem problem) {
  StopAwaiting();  // the request may come in for longer
  outcome_ = problem.outcome;
  problem.call_id = call_.id;
  problem.agent = call_.agent;
  Answer answer = MakeAnswer(problem, head_);
  if (peer_) answer.head.headers.Add("herald-peer", peer_->name);
  status_ = answer.head.status;
  relay_.Answer(answer.head, answer.body);
}

}  // namespace herald::call
