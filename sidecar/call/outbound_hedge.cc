// SPDX-License-Identifier: Apache-2.0
//
// Hedging: where the first byte of a call that may be repeated is late, another
// peer is asked as well, under the very rules that permitted the first attempt.
// The first answer of an agent wins, the other attempt is cancelled, and both
// are recorded.
#include <utility>
#include <vector>

#include "sidecar/call/outbound_call.h"
#include "sidecar/call/record.h"
#include "sidecar/call/recorder.h"
#include "sidecar/call/selection.h"

namespace herald::call {

// After the first attempt was opened.
void OutboundCall::ScheduleHedge() {
  const Environment& environment = owner_.environment_;
  // What has affinity would lose by an answer from elsewhere.
  if (!environment.hedging || attempts_ != 1 || !wish_.affinity.empty() ||
      Serving().size() < 2 ||
      !environment.peers.IsIdempotent(*peer_, call_.agent, head_.method,
                                      head_.path)) {
    return;
  }
  auto patience = owner_.ServiceOf(call_.agent).hedges.Patience(opened_);
  if (!patience) return;
  hedge_timer_ = env().loop.RunAt(opened_ + *patience, [this] {
    hedge_timer_ = 0;
    Hedge();
  });
}

// A peer that stands where the first one stands before the law: permitted by
// the same rules, with the same obligations.
std::optional<Judged> OutboundCall::ChooseRival() {
  const std::vector<std::string> tried = {peer_->name};
  env().views.Use(program_);
  Authorization judged =
      Authorize(env().views, call_, Serving(), *snapshot_, tried);
  Selection selection({env().peers, *program_, call_, head_, wish_},
                      judged.allowed);
  auto choice = selection.Choose(env().loop.Now(), env().random);
  if (!choice) return std::nullopt;
  Judged rival =
      JudgeOne(*program_, call_, judged.allowed[choice->index], *snapshot_);
  Judged first = JudgeOne(*program_, call_, peer_, *snapshot_);
  if (!rival.decision.allowed() || !first.decision.allowed() ||
      rival.decision.rules != first.decision.rules ||
      rival.decision.obligations != first.decision.obligations) {
    return std::nullopt;
  }
  return rival;
}

void OutboundCall::Hedge() {
  if (!attempt_open_ || !relay_.may_race() || env().program() != program_) {
    return;
  }
  auto rival = ChooseRival();
  using Audit = policy::Obligations::Audit;
  if (!rival || rival->decision.obligations.audit == Audit::kFull) return;
  if (rival->decision.obligations.audit != Audit::kNone &&
      !env().decisions.writable()) {
    return;
  }
  const Time now = env().loop.Now();
  if (!owner_.ServiceOf(call_.agent).hedges.Take(now)) return;
  owner_.attempts_.Add();
  owner_.hedges_.Add();
  rival_ = Rival{.peer = peer_,
                 .state = peer_state_,
                 .opened = opened_,
                 .number = number_,
                 .open = attempt_open_,
                 .audited = audited_};
  number_ = ++attempts_;
  peer_ = rival->peer;
  peer_state_ = &env().peers.State(peer_->name);
  opened_ = now;
  peer_state_->OnSent(now);
  RecordDecision(*rival);
  http::RequestHead head = HeadFor(*peer_);
  Target target{.peer = peer_, .agent = call_.agent};
  SwapRival();  // the first attempt stays the present one
  relay_.AttachRival(env().mesh.Open(std::move(*rival->decision.permit), target,
                                     head, relay_.body_ended_empty(),
                                     relay_.rival_events()));
}

// Exchanges the attempt that is the present one and the other one.
void OutboundCall::SwapRival() {
  std::swap(peer_, rival_->peer);
  std::swap(peer_state_, rival_->state);
  std::swap(opened_, rival_->opened);
  std::swap(number_, rival_->number);
  std::swap(attempt_open_, rival_->open);
  std::swap(audited_, rival_->audited);
}

// The other attempt is over.
void OutboundCall::EndRival(std::string_view outcome, Fate fate) {
  if (!rival_) return;
  SwapRival();
  RecordAttemptEnd(outcome, fate);
  SwapRival();
  rival_.reset();
}

// The present attempt has ended; the other one is it from now on.
void OutboundCall::GoOnWithRival() {
  SwapRival();
  rival_.reset();
  fate_ = Fate::kUnknown;
  relay_.PromoteRival();
}

void OutboundCall::DropRival(std::string_view outcome) {
  env().loop.Cancel(std::exchange(hedge_timer_, 0));
  relay_.DropRival();
  EndRival(outcome, Fate::kUnknown);
}

bool OutboundCall::OnRivalHead(const http::ResponseHead& head) {
  auto packed = head.headers.Get(kContextHeader);
  auto reply = packed ? UnpackReply(*packed) : std::nullopt;
  if (reply && reply->own_answer) {  // no answer of an agent
    EndRival("refused", FateOfOwnAnswer(head.status, reply->not_processed));
    return false;
  }
  // The first one was slower than this at least.
  const Time now = env().loop.Now();
  peer_state_->OnFirstByte(now - opened_, now, &env().peers.WayTo(*peer_));
  RecordAttemptEnd("cancelled", Fate::kUnknown);
  SwapRival();
  rival_.reset();
  owner_.hedges_won_.Add();
  return true;
}

void OutboundCall::OnRivalFailed(http::Reset reason) {
  EndRival(OutcomeOf(reason), FateOf(reason));
}

}  // namespace herald::call
