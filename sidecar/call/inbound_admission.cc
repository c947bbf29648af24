// SPDX-License-Identifier: Apache-2.0
//
// An inbound call at the gate of its agent: it enters, waits its turn, or is
// turned away untouched. And when it stops being load: with the first byte of
// the agent's answer. What an agent is asked to do at once is to begin answers;
// a stream that runs for an hour would otherwise take a place for an hour, and
// a hundred idle ones the whole agent.
#include <utility>

#include "sidecar/call/inbound_call.h"

namespace herald::call {

void InboundCall::Enter() {
  gate_ = &owner_.GateOf(call_.agent);
  const uint8_t urgency =
      UrgencyOf(head_.headers.Get("priority").value_or(std::string_view()));
  const auto entry = gate_->Arrive(call_.caller, urgency, this);
  switch (entry.verdict) {
    case Gate::Entry::Verdict::kEnters:
      load_met_ = env().load.OnStart();
      return OnEnter(entry.met);
    case Gate::Entry::Verdict::kWaits:
      load_met_ = env().load.OnStart();
      ticket_ = entry.ticket;
      return OnRequestHeld();
    case Gate::Entry::Verdict::kTurnedAway:
      return OnTurnedAway();
  }
}

void InboundCall::OnEnter(uint32_t met) {
  ticket_ = 0;
  met_inside_ = met;
  Proceed();
}

void InboundCall::Proceed() {
  using Audit = policy::Obligations::Audit;
  if (permit_->obligations().audit == Audit::kFull) {
    OpenWhenRecorded();
  } else {
    Open();
  }
}

void InboundCall::OnTurnedAway() {
  ticket_ = 0;
  permit_.reset();
  AnswerWith(Outcome::kOverloaded,
             "agent '" + call_.agent + "' of " + env().self.node +
                 " has more calls than it can answer",
             true);
}

void InboundCall::OnRequestHeld() {
  if (ticket_ != 0) gate_->OnHeld(ticket_, relay_.request_bytes());
}

void InboundCall::OnFirstBytes() { Answered(); }

// The agent has begun its answer.
void InboundCall::Answered() {
  // An error that comes at once must not look like speed.
  const bool good = status_ != 0 && status_ < 500 && status_ != 429;
  if (good && load_met_ && met_inside_) {
    const Time now = env().loop.Now();
    env().load.OnFirstByte(*load_met_, now - began_, now);
    gate_->OnAnswer(now - opened_, *met_inside_);
  }
  EndLoad();
}

void InboundCall::EndLoad() {
  if (std::exchange(met_inside_, std::nullopt)) gate_->OnLeave();
  if (std::exchange(load_met_, std::nullopt)) env().load.OnEnd();
}

// It waits for its turn, or for the disk: our agent has not seen it.
bool InboundCall::untouched() const { return ticket_ != 0 || waiting_; }

// The call ends while our agent has not seen it.
void InboundCall::StopWaiting() {
  if (!untouched()) return;
  if (ticket_ != 0) gate_->Forget(std::exchange(ticket_, 0));
  if (std::exchange(waiting_, false)) {
    env().decisions.Forget(std::exchange(disk_wait_, 0));
  }
  permit_.reset();
}

}  // namespace herald::call
