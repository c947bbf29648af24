// SPDX-License-Identifier: Apache-2.0
//
// How an attempt of an outbound call ends, and whether there is another one:
// what had no effect goes elsewhere, what was lost only if it may be repeated,
// and what another attempt may cost is bounded (routing/retry_budget.h).
#include <algorithm>
#include <utility>
#include <vector>

#include "sidecar/call/context.h"
#include "sidecar/call/fields.h"
#include "sidecar/call/outbound_call.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

// A call that was sent and lost is sent again at most so often.
constexpr uint32_t kMaxAttempts = 4;

// A deadline that passes is the peer's fault only where it had this many times
// what it was expected to take.
constexpr int kAmple = 2;

// Every peer would say the same of this request.
bool IsTheRequestsFault(int status) {
  return status == HttpStatus(Outcome::kBadRequest);
}

}  // namespace

std::string_view OutboundCall::OutcomeOf(http::Reset reason) {
  switch (reason) {
    case http::Reset::kNotSent:
      return "not-sent";
    case http::Reset::kRefused:
      return "refused";
    case http::Reset::kProtocol:
    case http::Reset::kTooBig:
      return ToString(Outcome::kBadAgent);
    case http::Reset::kCancelled:
    case http::Reset::kInternal:
    case http::Reset::kLost:
      return ToString(Outcome::kOutcomeUnknown);
  }
  return "";
}

// A peer that goes, or has too much to do, is no failing peer.
Fate OutboundCall::FateOf(http::Reset reason) {
  return reason == http::Reset::kRefused ? Fate::kTurnedAway : Fate::kFailed;
}

// It is well where it refuses by its policy, sheds load or drains.
Fate OutboundCall::FateOfOwnAnswer(int status, bool untouched) {
  if (status == HttpStatus(Outcome::kUnknownAgent)) return Fate::kFailed;
  if (status < 500) return Fate::kTurnedAway;
  const bool willing = status == HttpStatus(Outcome::kNoPeer) ||  // it drains
                       status == HttpStatus(Outcome::kDeadline);
  return untouched && willing ? Fate::kTurnedAway : Fate::kFailed;
}

// What a failed attempt rules out: where the peer itself said no, all ways to
// it; else the one that was taken.
std::string OutboundCall::RuledOut(http::Reset reason) const {
  return reason == http::Reset::kRefused ? peer_->name : peer_->Label();
}

// Whether Choose would find a peer, or another way to it, once that failed.
bool OutboundCall::AnotherIsThere(http::Reset reason) {
  if (!relay_.can_move()) return false;
  std::vector<std::string> tried = tried_;
  tried.push_back(RuledOut(reason));
  auto snapshot = env().snapshot();
  auto program = env().program();
  env().views.Use(program);
  Authorization judged = Authorize(
      env().views, call_, snapshot->Serving(call_.agent), *snapshot, tried);
  return std::any_of(
      judged.allowed.begin(), judged.allowed.end(), [&](const auto& peer) {
        return env()
            .peers.State(peer->name)
            .UsableBy(env().peers.WayTo(*peer), env().loop.Now());
      });
}

bool OutboundCall::MayRepeat(http::Reset reason) const {
  if (!relay_.can_move()) return false;
  // Classes 1 and 2: the request had no effect.
  if (reason == http::Reset::kNotSent || reason == http::Reset::kRefused) {
    return true;
  }
  // Class 4: declared harmless to repeat.
  return attempts_ < kMaxAttempts &&
         owner_.environment_.peers.IsIdempotent(*peer_, call_.agent,
                                                head_.method, head_.path);
}

// What never left costs the callees nothing; one refusal a call is free, as in
// gRPC's A6; all else is taken from the budget of the agent.
bool OutboundCall::MayCostMore(http::Reset reason) {
  if (reason == http::Reset::kNotSent) return true;
  if (reason == http::Reset::kRefused && !std::exchange(refused_once_, true)) {
    return true;
  }
  if (owner_.ServiceOf(call_.agent).retries.Take(env().loop.Now())) return true;
  budget_spent_ = true;
  owner_.over_budget_.Add();
  return false;
}

bool OutboundCall::OnResponseHead(http::ResponseHead& head) {
  Time now = env().loop.Now();
  std::optional<ReplyContext> reply;
  if (auto packed = head.headers.Get(kContextHeader)) {
    reply = UnpackReply(*packed);
    head.headers.Remove(kContextHeader);
  }
  owner_.stripped_.Add(StripResponse(head.headers));
  if (head.informational()) return true;
  if (reply) {
    // What drains sends the calls of peers elsewhere, not those of its agents.
    if (ToOwnAgent()) reply->load.draining = false;
    env().peers.OnReply(peer_->name, *reply);
  }
  const bool own_answer = reply && reply->own_answer;
  if (own_answer && MovesOn(*reply, head.status)) return false;
  DropRival("cancelled");
  status_ = head.status;
  may_trail_ = head_.trailers_ok && IsGrpc(head.headers) &&
               !head.content_length.has_value();
  if (own_answer) {
    const bool late = head.status == HttpStatus(Outcome::kDeadline);
    fate_ = late && !reply->not_processed
                ? FateAtDeadline()
                : FateOfOwnAnswer(head.status, reply->not_processed);
  } else {
    fate_ = Fate::kServed;
    owner_.ServiceOf(call_.agent).hedges.OnFirstByte(now - opened_, now);
    peer_state_->OnFirstByte(now - opened_, now, &env().peers.WayTo(*peer_));
    env().peers.balancer().OnAnswer(call_.agent, wish_.affinity, peer_->name,
                                    now);
  }
  head.headers.Add("herald-call-id", call_.id);
  head.headers.Add("herald-peer", peer_->name);
  if (!route_.empty()) head.headers.Add("herald-route", route_);
  relay_.HoldResponse(head);
  return true;
}

// The peer's sidecar answered by itself: either it vouches that its agent
// never saw the request, or it lost its agent over a call that may be
// repeated. True after the call went to another peer.
bool OutboundCall::MovesOn(const ReplyContext& reply, int status) {
  using http::Reset;
  const bool lost = status == HttpStatus(Outcome::kOutcomeUnknown);
  if (!reply.not_processed && !lost) return false;
  if (bound_) return TurnedAwayAtBound(reply, status);
  if (reply.not_processed) Unbind();
  const Reset reason = reply.not_processed ? Reset::kRefused : Reset::kLost;
  if (rival_) {
    RecordAttemptEnd(OutcomeOf(reason),
                     FateOfOwnAnswer(status, reply.not_processed));
    GoOnWithRival();
    return true;
  }
  const bool in_time = !deadline_ || env().loop.Now() < *deadline_;
  if (!in_time || IsTheRequestsFault(status) || !MayRepeat(reason) ||
      !AnotherIsThere(reason) || !MayCostMore(reason)) {
    return false;
  }
  RecordAttemptEnd(
      reply.not_processed ? "refused" : ToString(Outcome::kOutcomeUnknown),
      FateOfOwnAnswer(status, reply.not_processed));
  tried_.push_back(RuledOut(reason));
  owner_.repicked_.Add();
  relay_.Detach();
  Attempt();
  return true;
}

void OutboundCall::OnOutFailed(http::Reset reason) {
  RecordAttemptEnd(OutcomeOf(reason), FateOf(reason));
  if (rival_) return GoOnWithRival();
  const bool untouched =
      reason == http::Reset::kNotSent || reason == http::Reset::kRefused;
  if (untouched) Unbind();
  if ((bound_ || !untouched) && RepeatsAtSamePeer(reason)) return;
  // Where nobody is left nothing more will be sent, and nothing is spent.
  if (!MayRepeat(reason) || (AnotherIsThere(reason) && !MayCostMore(reason))) {
    AnswerLost(reason);
    return;
  }
  last_failure_ = peer_->Label() + " at " + peer_->address.ToString() + ": " +
                  std::string(http::ToString(reason));
  last_reset_ = reason;
  tried_.push_back(RuledOut(reason));
  owner_.repicked_.Add();
  Attempt();
}

// A caller in a hurry says nothing of the peer: others may have the time.
Fate OutboundCall::FateAtDeadline() const {
  if (fate_ != Fate::kUnknown || peer_state_ == nullptr) return fate_;
  const Time now = owner_.environment_.loop.Now();
  const Duration expected =
      peer_state_->Service(now) +
      peer_state_->Rtt(peer_->site->tier.value_or(Tier::kCloud));
  return now - opened_ > kAmple * expected ? Fate::kFailed : Fate::kUnknown;
}

}  // namespace herald::call
