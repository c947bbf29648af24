// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/inbound_gate.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::call {

Gate::Gate(EventLoop& loop, Metrics& metrics, Random& random,
           const std::string& agent)
    : loop_(loop),
      admission_(random),
      limit_shown_(metrics.gauge(
          "herald_admission_limit",
          "Calls of peers that an agent of ours is let serve at once.",
          "agent=\"" + agent + "\"")),
      waiting_shown_(metrics.gauge("herald_admission_waiting",
                                   "Calls of peers that wait for their turn.",
                                   "agent=\"" + agent + "\"")),
      refused_(metrics.counter(
          "herald_admission_refused_total",
          "Calls of peers that were turned away for too much load.",
          "agent=\"" + agent + "\"")),
      self_(std::make_shared<Gate*>(this)) {
  metrics.OnCollect([self = self_] {
    if (*self == nullptr) return;
    Gate& gate = **self;
    gate.limit_shown_.Set(gate.admission_.limit());
    gate.waiting_shown_.Set(static_cast<double>(gate.admission_.waiting()));
  });
}

Gate::~Gate() {
  *self_ = nullptr;
  loop_.Cancel(timer_);
}

Gate::Entry Gate::Arrive(std::string_view caller, uint8_t urgency,
                         GateEvents* events) {
  const Entry entry = admission_.Arrive(caller, urgency, loop_.Now());
  switch (entry.verdict) {
    case Entry::Verdict::kEnters:
      break;
    case Entry::Verdict::kTurnedAway:
      refused_.Add();
      break;
    case Entry::Verdict::kWaits:
      waiting_.emplace(entry.ticket, events);
      SettleSoon();
      break;
  }
  return entry;
}

void Gate::OnHeld(Ticket ticket, size_t bytes) {
  admission_.OnHeld(ticket, bytes);
  SettleSoon();
}

void Gate::Forget(Ticket ticket) {
  if (waiting_.erase(ticket) > 0) admission_.Forget(ticket);
}

void Gate::OnAnswer(Duration service, uint32_t met) {
  admission_.OnAnswer(service, met, loop_.Now());
}

void Gate::OnLeave() {
  admission_.OnLeave();
  if (!waiting_.empty()) SettleSoon();
}

void Gate::SettleSoon() {
  if (std::exchange(settling_, true)) return;
  loop_.Post([self = self_] {
    if (*self != nullptr) (*self)->Settle();
  });
}

void Gate::Settle() {
  settling_ = false;
  while (auto next = admission_.Next(loop_.Now())) {
    auto waiting = waiting_.extract(next->ticket);
    HERALD_CHECK(!waiting.empty(), "who waits is known until it is forgotten");
    if (next->enters) {
      waiting.mapped()->OnEnter(next->met);
    } else {
      refused_.Add();
      waiting.mapped()->OnTurnedAway();
    }
  }
  SetTimer();
}

void Gate::SetTimer() {
  const Time due = admission_.NextDeadline();
  if (timer_ != 0 && timer_at_ <= due) return;
  loop_.Cancel(std::exchange(timer_, 0));
  if (due == kNever) return;
  timer_at_ = due;
  timer_ = loop_.RunAt(due, [this] {
    timer_ = 0;
    Settle();
  });
}

// A structured field's dictionary; of several `u` the last one holds (RFC 8941
// §3.2). What is no urgency is none.
uint8_t UrgencyOf(std::string_view priority) {
  uint8_t urgency = routing::Admission::kUrgency;
  while (!priority.empty()) {
    const size_t comma = priority.find(',');
    std::string_view member = priority.substr(0, comma);
    priority.remove_prefix(comma == std::string_view::npos ? priority.size()
                                                           : comma + 1);
    member.remove_prefix(
        std::min(member.find_first_not_of(" \t"), member.size()));
    if (member.size() < 3 || member.substr(0, 2) != "u=") continue;
    const char digit = member[2];
    const bool alone =
        member.size() == 3 ||
        std::string_view(" \t;").find(member[3]) != std::string_view::npos;
    if (digit >= '0' && digit <= '7' && alone) {
      urgency = static_cast<uint8_t>(digit - '0');
    }
  }
  return urgency;
}

}  // namespace herald::call
