// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/outbound_call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"
#include "sidecar/call/addressing.h"
#include "sidecar/call/circle.h"
#include "sidecar/call/context.h"
#include "sidecar/call/delivery.h"
#include "sidecar/call/record.h"
#include "sidecar/call/recorder.h"
#include "sidecar/call/seen_calls.h"
#include "sidecar/call/selection.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

void Join(std::vector<std::string>& into,
          const std::vector<std::string>& more) {
  into.insert(into.end(), more.begin(), more.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

}  // namespace

OutboundCall::OutboundCall(OutboundCalls& owner, http::RequestHead head,
                           std::unique_ptr<http::Stream> stream, bool end)
    : owner_(owner),
      head_(std::move(head)),
      relay_(std::move(stream), end, *this),
      began_(owner.environment_.loop.Now()) {}

OutboundCall::~OutboundCall() {
  env().decisions.Forget(disk_wait_);
  env().loop.Cancel(deadline_timer_);
  env().loop.Cancel(hedge_timer_);
  StopAwaiting();
}

Environment& OutboundCall::env() { return owner_.environment_; }

void OutboundCall::Begin(const Origin& origin) {
  if (Identify(origin)) Attempt();
}

// --- identify

bool OutboundCall::Identify(const Origin& origin) {
  call_.id = MakeCallId(env().random);
  call_.caller = env().self.identity;
  call_.caller_namespace = env().self.kubernetes_namespace;
  call_.process = origin.credentials;
  CallFields fields = TakeFields(head_.headers);
  owner_.stripped_.Add(fields.stripped);
  if (AnswerOwnPath(origin, fields)) return false;
  auto agent = AddressedAgent(origin.listener_agent, fields.agent, head_);
  if (agent) call_.agent = *agent;
  if (!fields.error.empty()) {
    AnswerWith(Outcome::kBadRequest, fields.error);
    return false;
  }
  if (!agent || !IsAgentName(*agent)) {
    AnswerWith(Outcome::kUnknownAgent,
               agent ? "'" + *agent + "' is no name of an agent"
                     : "the request names no agent: use a path like "
                       "/agents/NAME/..., the host NAME.herald, or the header "
                       "herald-agent");
    return false;
  }
  call_.said = std::move(fields.labels);
  call_.purpose = std::move(fields.purpose);
  call_.legal_basis = std::move(fields.legal_basis);
  call_.claimed = std::move(fields.endorsements);
  call_.skill = std::move(fields.skill);
  wish_ = std::move(fields.routing);
  if (!Inherit(fields)) return false;
  if (auto why = IdempotencyKeyError(head_); !why.empty()) {
    AnswerWith(Outcome::kBadRequest, why);
    return false;
  }
  key_ = IdempotencyKeyOf(head_);
  if (auto why = Circle(call_.agent, passed_, hops_)) {
    AnswerWith(Outcome::kBadRequest, *why);
    return false;
  }
  StartDeadline(fields);
  return true;
}

// A call made on behalf of another one bears at least its labels, and ends no
// later. Which labels a handle that we do not know stands for nobody can say,
// so such a call goes nowhere.
bool OutboundCall::Inherit(const CallFields& fields) {
  if (!fields.handle) return true;
  const Ancestry* ancestry = env().handles.Find(*fields.handle);
  if (ancestry == nullptr) {
    owner_.unknown_handles_.Add();
    AnswerWith(Outcome::kBadRequest,
               "herald-call names no call that is open here: give back the "
               "handle of the request being served, before it is answered, "
               "or leave the header out");
    return false;
  }
  Join(call_.said, ancestry->labels);
  if (!call_.purpose) call_.purpose = ancestry->purpose;
  if (!call_.legal_basis) call_.legal_basis = ancestry->legal_basis;
  deadline_ = ancestry->deadline;
  hops_ = ancestry->hops + 1;
  passed_ = ancestry->passed;
  return true;
}

void OutboundCall::StartDeadline(const CallFields& fields) {
  if (fields.timeout) {
    Time own = began_ + *fields.timeout;
    deadline_ = deadline_ ? std::min(*deadline_, own) : own;
  }
  if (!deadline_) return;
  deadline_timer_ = env().loop.RunAt(*deadline_, [this] { OnDeadline(); });
}

// --- authorize, select, open

void OutboundCall::Attempt() {
  env().loop.Cancel(std::exchange(hedge_timer_, 0));
  FindBinding();
  if (bound_) return AttemptAtBound();
  if (auto chosen = Choose()) OpenJudged(*std::move(chosen));
}

void OutboundCall::OpenJudged(Judged chosen) {
  if (attempts_ == 0) {
    owner_.ServiceOf(call_.agent).OnCall(env().loop.Now());
  }
  number_ = ++attempts_;
  peer_ = chosen.peer;
  RecordDecision(chosen);
  using Audit = policy::Obligations::Audit;
  if (!Meter(chosen)) return;
  if (chosen.decision.obligations.audit == Audit::kFull) {
    OpenWhenRecorded(std::move(chosen));
  } else {
    Open(std::move(chosen));
  }
}

void OutboundCall::OpenWhenRecorded(Judged chosen) {
  waiting_ = std::move(chosen);
  disk_wait_ =
      env().decisions.AwaitDisk([this](bool kept) { OnRecorded(kept); });
}

void OutboundCall::OnRecorded(bool kept) {
  disk_wait_ = 0;
  Judged chosen = std::move(*std::exchange(waiting_, std::nullopt));
  if (kept) {
    Open(std::move(chosen));
  } else {
    Refuse(chosen, kUnrecorded);
  }
}

// The call ends before its decision was on the disk: nothing was sent.
void OutboundCall::StopWaiting(std::string_view outcome) {
  if (!waiting_) return;
  env().decisions.Forget(std::exchange(disk_wait_, 0));
  waiting_.reset();
  opened_ = env().loop.Now();
  RecordOutcome(outcome);
}

// The peers that serve the agent; where there is none, we ourselves if we do.
std::span<const discovery::EndpointPtr> OutboundCall::Serving() {
  auto peers = snapshot_->Serving(call_.agent);
  const Self& self = env().self;
  bool own = peers.empty() && self.endpoint != nullptr &&
             self.FindAgent(call_.agent) != nullptr;
  return own ? std::span(&self.endpoint, 1) : peers;
}

// The next peer, or nothing after an answer was given, or while one is awaited.
std::optional<Judged> OutboundCall::Choose() {
  snapshot_ = env().snapshot();
  program_ = env().program();
  auto serving = Serving();
  if (serving.empty()) {
    AnswerUnknownAgent();
    return std::nullopt;
  }
  if (!call_.skill) {  // the agent's only skill
    const discovery::AgentInfo* agent = serving[0]->FindAgent(call_.agent);
    if (agent->skills.size() == 1) call_.skill = agent->skills[0];
  }
  call_.at = env().loop.WallNow();
  call_.Settle(*program_);
  NoteOnce();
  env().views.Use(program_);
  Authorization judged =
      Authorize(env().views, call_, serving, *snapshot_, tried_);
  Selection selection({env().peers, *program_, call_, head_, wish_},
                      judged.allowed);
  auto choice = selection.Choose(env().loop.Now(), env().random);
  if (choice) {
    Judged chosen =
        JudgeOne(*program_, call_, judged.allowed[choice->index], *snapshot_);
    HERALD_CHECK(chosen.decision.allowed(), "Ask says what Evaluate says");
    if (wish_.explain) route_ = selection.Describe(*choice, env().loop.Now());
    ProbeAnother(judged.allowed, choice->index);
    bool must_record =
        chosen.decision.obligations.audit != policy::Obligations::Audit::kNone;
    if (!must_record || env().decisions.writable()) return chosen;
    Refuse(chosen, kUnrecorded);
    return std::nullopt;
  }
  if (AwaitReturn(judged.allowed)) return std::nullopt;
  if (auto why = selection.Unbound(env().loop.Now()); !why.empty()) {
    AnswerWith(Outcome::kNoPeer, why);
    return std::nullopt;
  }
  auto lives = [&](const discovery::EndpointPtr& peer) {
    return env().peers.WayTo(*peer).link() != routing::Link::kDown;
  };
  bool denied_one_lives =
      std::any_of(judged.denied.begin(), judged.denied.end(), lives);
  bool tried_one_lives = std::any_of(
      serving.begin(), serving.end(),
      [&](const auto& peer) { return IsTried(*peer, tried_) && lives(peer); });
  // Permitted, alive, and just now not usable: it drains or is in back-off.
  bool allowed_one_lives =
      std::any_of(judged.allowed.begin(), judged.allowed.end(), lives);
  AnswerDenied(judged.denied,
               denied_one_lives && !tried_one_lives && !allowed_one_lives);
  return std::nullopt;
}

// Where nobody can be asked now, and somebody has only just fallen silent who
// may but have paused: a moment later there is a peer, or the certainty that
// there is none. Once a call; true where it waits.
bool OutboundCall::AwaitReturn(
    std::span<const discovery::EndpointPtr> allowed) {
  const Time now = env().loop.Now();
  if (!return_by_) {
    return_by_ = now;
    for (const discovery::EndpointPtr& one : allowed) {
      auto by = env().peers.WayTo(*one).returns_by();
      if (by) return_by_ = std::max(*return_by_, *by);
    }
  }
  if (now >= *return_by_) return false;
  auto again = [this] {
    StopAwaitingReturn();
    Attempt();
  };
  return_wait_ = env().peers.AwaitUp(again);
  return_timer_ = env().loop.RunAt(*return_by_, again);
  return true;
}

void OutboundCall::StopAwaitingReturn() {
  env().peers.ForgetWait(std::exchange(return_wait_, 0));
  env().loop.Cancel(std::exchange(return_timer_, 0));
}

void OutboundCall::StopAwaiting() {
  StopAwaitingReturn();
  StopWaitingForWord();
}

// Every call also asks one peer that it does not go to how busy it is, so
// that the next one stands on fresh reports of all (docs/ROUTING.md).
void OutboundCall::ProbeAnother(std::span<const discovery::EndpointPtr> allowed,
                                size_t chosen) {
  if (allowed.size() < 2) return;
  size_t other =
      allowed.size() == 2
          ? 0
          : static_cast<size_t>(env().random.Below(allowed.size() - 1));
  if (other >= chosen) ++other;
  env().mesh.ProbeSoon(*allowed[other]);
}

void OutboundCall::Open(Judged chosen) {
  owner_.attempts_.Add();
  peer_state_ = &env().peers.State(peer_->name);
  opened_ = env().loop.Now();
  peer_state_->OnSent(opened_);
  attempt_open_ = true;
  fate_ = Fate::kUnknown;
  if (IsKeyed()) BindToPeer();
  NextHop& way = ToOwnAgent() ? owner_.own_hop_ : env().mesh;
  relay_.Attach(way.Open(std::move(*chosen.decision.permit),
                         {.peer = peer_, .agent = call_.agent}, HeadFor(*peer_),
                         relay_.body_ended_empty(), relay_.out_events()));
  ScheduleHedge();
}

bool OutboundCall::ToOwnAgent() const {
  return peer_ == owner_.environment_.self.endpoint;
}

http::RequestHead OutboundCall::HeadFor(const discovery::Endpoint& peer) const {
  const Environment& environment = owner_.environment_;
  CallContext context;
  context.call_id = call_.id;
  context.agent = call_.agent;
  context.labels = call_.labels;
  context.purpose = call_.purpose;
  context.legal_basis = call_.legal_basis;
  context.endorsements = call_.endorsements;
  context.skill = call_.skill;
  if (deadline_) context.timeout = *deadline_ - environment.loop.Now();
  context.hops = hops_;
  context.caller_namespace = call_.caller_namespace;
  context.caller_site = environment.self.site;
  context.peer_view = peer.site;
  for (const policy::Node& node : PathTo(peer, *snapshot_)) {
    if (node.relay) context.relays.push_back({node.terminates, *node.site});
  }
  context.attempt = attempts_;
  context.passed = passed_;
  context.repeats = Repeats();
  http::RequestHead head = head_;
  if (head.authority.empty()) head.authority = call_.agent + ".herald";
  head.headers.Add(kContextHeader, Pack(context));
  return head;
}

// --- ends

void OutboundCall::OnRelayEnd(RelayEnd end) {
  if (end == RelayEnd::kClientGone) outcome_ = Outcome::kCancelled;
  StopWaiting(ToString(outcome_));
  if (end == RelayEnd::kBroken && outcome_ == Outcome::kOk) {
    outcome_ = Outcome::kBroken;
  }
  DropRival(ToString(outcome_));
  RecordAttemptEnd(ToString(outcome_),
                   outcome_ == Outcome::kBroken ? Fate::kFailed : fate_);
  env()
      .metrics
      .counter("herald_calls_total", "Calls of our agents, by outcome.",
               "outcome=\"" + std::string(ToString(outcome_)) + "\"")
      .Add();
  owner_.seconds_.Observe(env().loop.Now() - began_);
  owner_.stripped_.Add(relay_.stripped());
  env().loop.Cancel(deadline_timer_);
  deadline_timer_ = 0;
  StopAwaiting();
  owner_.Retire(this);
}

void OutboundCall::OnDeadline() {
  deadline_timer_ = 0;
  const bool unsent = waiting_.has_value();
  StopWaiting("deadline");
  DropRival("deadline");
  RecordAttemptEnd("deadline", FateAtDeadline());
  if (relay_.committed()) {
    if (!relay_.answered()) outcome_ = Outcome::kDeadline;
    relay_.Abort(http::Reset::kCancelled);
    return;
  }
  std::string when = "before a peer was found";
  if (peer_) when = "while " + peer_->name + " was serving it";
  if (unsent) when = "before the record of the call was on the disk";
  AnswerWith(Outcome::kDeadline, "the deadline passed " + when);
}

}  // namespace herald::call
