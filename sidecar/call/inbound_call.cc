// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/inbound_call.h"

#include <algorithm>
#include <utility>

#include "core/base/spiffe_id.h"
#include "policy/evaluate.h"
#include "sidecar/call/addressing.h"
#include "sidecar/call/authorize.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/circle.h"
#include "sidecar/call/fields.h"
#include "sidecar/call/recent_calls.h"
#include "sidecar/call/record.h"
#include "sidecar/call/recorder.h"

namespace herald::call {
namespace {

// Two views of a fact contradict each other only where both know it.
template <typename T>
bool Contradict(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b && *a != *b;
}

template <typename T>
std::optional<std::vector<T>> Sorted(std::optional<std::vector<T>> list) {
  if (list) std::sort(list->begin(), list->end());
  return list;
}

}  // namespace

InboundCall::InboundCall(InboundCalls& owner, const Origin& origin,
                         http::RequestHead head,
                         std::unique_ptr<http::Stream> stream, bool end)
    : owner_(owner),
      head_(std::move(head)),
      relay_(std::move(stream), end, *this),
      began_(owner.environment_.loop.Now()),
      own_agent_(origin.own_agent) {
  call_.caller = origin.identity;
}

InboundCall::~InboundCall() {
  StopWaiting();
  env().loop.Cancel(deadline_timer_);
}

Environment& InboundCall::env() { return owner_.environment_; }
const Environment& InboundCall::env() const { return owner_.environment_; }

void InboundCall::Begin() {
  if (AnswerOwnPath() || !Identify() || !AuthorizeCall() || !Remembers() ||
      !InTime()) {
    return;
  }
  if (Again()) return Proceed();  // our agent will not see it
  Enter();
}

// --- identify

// The greeting and the probe: they bear no context and no agent's data.
bool InboundCall::AnswerOwnPath() {
  if (head_.path != kAgentsPath && head_.path != kLoadPath) return false;
  Answer answer;
  answer.head.headers.Add(kContextHeader, owner_.PackedReply(true, true));
  if (head_.path == kAgentsPath && head_.method == "GET") {
    answer.body = RenderGreeting(env().self.agents);
    answer.head.headers.Add("content-type", "application/json");
    answer.head.content_length = answer.body.size();
  } else {
    answer.head.status = 204;
  }
  relay_.Answer(answer.head, answer.body);
  return true;
}

bool InboundCall::Identify() {
  bool once = head_.headers.Count(kContextHeader) == 1;
  auto context =
      once ? UnpackCall(*head_.headers.Get(kContextHeader)) : std::nullopt;
  head_.headers.Remove(kContextHeader);
  owner_.forged_.Add(head_.headers.RemovePrefix("herald-"));
  if (!context) {
    AnswerWith(Outcome::kBadRequest,
               "the request bears no context of a sidecar", true);
    return false;
  }
  context_ = std::move(*context);
  call_.id = context_.call_id;
  call_.agent = context_.agent;
  call_.said = context_.labels;
  call_.purpose = context_.purpose;
  call_.legal_basis = context_.legal_basis;
  call_.claimed = context_.endorsements;
  call_.skill = context_.skill;
  // What the certificate says of the namespace goes before what is claimed.
  call_.caller_namespace = context_.caller_namespace;
  if (auto id = SpiffeId::Parse(call_.caller); id.ok()) {
    auto proven = id->kubernetes_namespace();
    if (proven) call_.caller_namespace = proven;
  }
  if (owner_.open() > env().open_calls) {
    AnswerWith(Outcome::kOverloaded,
               env().self.node + " has too many calls under way", true);
    return false;
  }
  if (env().draining && !own_agent_) {
    AnswerWith(Outcome::kNoPeer, env().self.node + " is shutting down", true);
    return false;
  }
  if (env().self.FindAgent(call_.agent) == nullptr) {
    AnswerWith(Outcome::kUnknownAgent,
               env().self.node + " serves no agent named '" + call_.agent + "'",
               true);
    return false;
  }
  if (auto why = Circle(call_.agent, context_.passed, context_.hops)) {
    AnswerWith(Outcome::kBadRequest, *why, true);
    return false;
  }
  if (!TakeKey()) return false;
  if (context_.timeout) {
    deadline_ = began_ + *context_.timeout;
    deadline_timer_ = env().loop.RunAt(*deadline_, [this] { OnDeadline(); });
  }
  return true;
}

bool InboundCall::ViewDiffers() const {
  const Site& seen = context_.peer_view;
  const Site& own = env().self.site;
  return Contradict(seen.country, own.country) ||
         Contradict(seen.tier, own.tier) ||
         Contradict(seen.operator_name, own.operator_name) ||
         Contradict(Sorted(seen.operator_control),
                    Sorted(own.operator_control)) ||
         Contradict(Sorted(seen.assurance), Sorted(own.assurance)) ||
         Contradict(seen.retention, own.retention);
}

// --- authorize, open

bool InboundCall::AuthorizeCall() {
  if (ViewDiffers()) {
    AnswerWith(Outcome::kDenied,
               "what the caller's discovery says of " + env().self.node +
                   "'s site contradicts its own configuration",
               true);
    return false;
  }
  program_ = env().program();
  call_.at = env().loop.WallNow();
  call_.Settle(*program_);
  if (env().recent) env().recent->Note(call_, /*inbound=*/true, began_);
  policy::Decision decision = Judge(*program_, call_, env().self.site);
  RecordDecision(decision, env().self.site);
  if (!decision.allowed()) {
    Problem problem;
    problem.outcome = Outcome::kDenied;
    problem.detail = "the callee's sidecar denies this call";
    if (!CallerIsForeign()) {  // a foreign operator learns no more than that
      problem.detail = "the policy of " + env().self.node + " denies this call";
      if (!decision.reason.empty()) problem.detail += ": " + decision.reason;
      problem.rules.assign(decision.rules.begin(), decision.rules.end());
    }
    AnswerProblem(std::move(problem), true);
    return false;
  }
  bool must_record =
      decision.obligations.audit != policy::Obligations::Audit::kNone;
  if (must_record && !env().decisions.writable()) {
    Refuse(decision, "its decision log cannot be written");
    return false;
  }
  if (!Meter(decision)) return false;
  permit_ = std::move(decision.permit);
  return true;
}

// Where nobody is answered so soon the caller hears it at once, while it may
// still ask elsewhere.
bool InboundCall::InTime() {
  if (!deadline_ || Again()) return true;
  const Time now = env().loop.Now();
  if (!env().load.Hopeless(*deadline_ - now, now)) return true;
  permit_.reset();
  AnswerWith(Outcome::kDeadline,
             "agent '" + call_.agent + "' of " + env().self.node +
                 " answered nobody of late in the time that is left",
             true);
  return false;
}

void InboundCall::OpenWhenRecorded() {
  waiting_ = true;
  disk_wait_ =
      env().decisions.AwaitDisk([this](bool kept) { OnRecorded(kept); });
}

void InboundCall::OnRecorded(bool kept) {
  disk_wait_ = 0;
  waiting_ = false;
  if (kept) {
    Open();
    return;
  }
  policy::Decision permitted = Judge(*program_, call_, env().self.site);
  Refuse(permitted, "its decision log cannot be written");
}

void InboundCall::Open() {
  Target target{.peer = nullptr, .agent = call_.agent};
  http::RequestHead head = head_;
  if (!Again()) {  // our agent will see it
    delivery_ = std::make_shared<Delivery>(env(), call_, deadline_,
                                           context_.hops, context_.passed);
    delivery_->AddTo(head.headers, call_);
  }
  opened_ = env().loop.Now();
  const bool end = relay_.body_ended_empty();
  http::StreamEvents* events = relay_.out_events();
  if (!key_) {
    relay_.Attach(
        env().local.Open(std::move(*permit_), target, head, end, events));
    return;
  }
  KeyedCalls::Ask ask{
      .key = *key_,
      .held = delivery_,
      .events = events,
      .refused = [this](KeyedCalls::Refusal why) { OnKeyRefused(why); }};
  relay_.Attach(owner_.keyed_.Open(std::move(ask), std::move(*permit_), target,
                                   head, end));
}

// --- relay

bool InboundCall::OnResponseHead(http::ResponseHead& head) {
  owner_.stripped_.Add(StripResponse(head.headers));
  if (head.informational()) return true;
  if (!MayReturn(head)) return false;
  status_ = head.status;
  // Without a length it may be a stream, whose head many send at once and whose
  // first byte only when there is something to say.
  if (head.content_length) Answered();
  may_trail_ = head_.trailers_ok && IsGrpc(head.headers) &&
               !head.content_length.has_value();
  head.headers.Add(kContextHeader, owner_.PackedReply(false, false));
  return true;
}

// Labels that the response adds are judged for the way back, before its first
// byte leaves: the caller's site is where it would go.
bool InboundCall::MayReturn(const http::ResponseHead& head) {
  auto added = SplitList(head.headers.Joined("herald-labels"));
  CallFacts back = call_;
  for (std::string& label : added) {
    auto known = std::find(back.labels.begin(), back.labels.end(), label);
    if (known == back.labels.end()) back.labels.push_back(std::move(label));
  }
  if (back.labels.size() == call_.labels.size()) return true;
  back.at = env().loop.WallNow();
  policy::Node node{.site = &context_.caller_site};
  policy::Path path{.nodes = {&node, 1},
                    .keys_held_in = context_.caller_site.country};
  policy::Decision decision =
      policy::Evaluate(*program_, back.ToQuestion(), path);
  if (decision.allowed()) return true;
  RecordDecision(decision, context_.caller_site);
  Problem problem;
  problem.outcome = Outcome::kResponseWithheld;
  problem.detail =
      "the agent has answered, but policy does not let its answer return to "
      "the caller's site";
  if (!CallerIsForeign()) {
    problem.rules.assign(decision.rules.begin(), decision.rules.end());
  }
  relay_.Detach();
  AnswerProblem(std::move(problem), false);
  return false;
}

void InboundCall::OnOutFailed(http::Reset reason) {
  // Others need not find out for themselves. To refuse a call is no failure.
  if (reason != http::Reset::kRefused && reason != http::Reset::kCancelled) {
    env().load.OnFailure(env().loop.Now());
  }
  bool untouched =
      reason == http::Reset::kNotSent || reason == http::Reset::kRefused;
  std::string agent = "agent '" + call_.agent + "' of " + env().self.node;
  auto place = env().self.agent_addresses.find(call_.agent);
  if (place != env().self.agent_addresses.end()) {
    agent += " at " + place->second;
  }
  switch (reason) {
    case http::Reset::kNotSent:
      AnswerWith(Outcome::kBadAgent,
                 agent +
                     " does not answer there; start it, or mend "
                     "agents.address",
                 untouched);
      return;
    case http::Reset::kRefused:
      AnswerWith(Outcome::kBadAgent, agent + " refused the call", untouched);
      return;
    case http::Reset::kProtocol:
    case http::Reset::kTooBig:
      AnswerWith(Outcome::kBadAgent,
                 agent + " answered with something that is no HTTP response",
                 untouched);
      return;
    case http::Reset::kCancelled:
    case http::Reset::kInternal:
    case http::Reset::kLost:
      AnswerWith(Outcome::kOutcomeUnknown,
                 agent +
                     " closed the connection before it answered; it may "
                     "have done what was asked",
                 untouched);
      return;
  }
}

void InboundCall::OnRelayEnd(RelayEnd end) {
  if (end == RelayEnd::kClientGone) outcome_ = Outcome::kCancelled;
  if (end == RelayEnd::kBroken && outcome_ == Outcome::kOk) {
    outcome_ = Outcome::kBroken;
  }
  StopWaiting();
  if (end == RelayEnd::kComplete && outcome_ == Outcome::kOk) Answered();
  EndLoad();
  delivery_.reset();
  owner_.stripped_.Add(relay_.stripped());
  env().loop.Cancel(deadline_timer_);
  deadline_timer_ = 0;
  if (audited_) RecordOutcome({});
  owner_.Retire(this);
}

void InboundCall::OnDeadline() {
  deadline_timer_ = 0;
  if (relay_.committed()) {
    if (!relay_.answered()) outcome_ = Outcome::kDeadline;
    relay_.Abort(http::Reset::kCancelled);
    return;
  }
  const std::string agent = "agent '" + call_.agent + "' of " + env().self.node;
  std::string why = agent + " did not answer before the deadline";
  if (ticket_ != 0) {
    why = "the deadline passed while the call waited for its turn at " + agent;
  } else if (waiting_) {
    why = "the deadline passed before " + env().self.node +
          " had the record of this call on its disk";
  }
  const bool unseen = untouched();
  StopWaiting();
  AnswerWith(Outcome::kDeadline, why, unseen);
}

// --- answers and records

void InboundCall::AnswerWith(Outcome outcome, std::string detail,
                             bool untouched) {
  Problem problem;
  problem.outcome = outcome;
  problem.detail = std::move(detail);
  AnswerProblem(std::move(problem), untouched);
}

void InboundCall::AnswerProblem(Problem problem, bool untouched) {
  EndLoad();
  outcome_ = problem.outcome;
  problem.call_id = call_.id;
  problem.agent = call_.agent;
  Answer answer = MakeAnswer(problem, head_);
  status_ = answer.head.status;
  answer.head.headers.Remove("herald-call-id");  // the caller's sidecar adds it
  answer.head.headers.Add(kContextHeader, owner_.PackedReply(true, untouched));
  relay_.Answer(answer.head, answer.body);
}

bool InboundCall::CallerIsForeign() const {
  const auto& caller = context_.caller_site.operator_name;
  const auto& own = env().self.site.operator_name;
  return !caller || !own || *caller != *own;
}

}  // namespace herald::call
