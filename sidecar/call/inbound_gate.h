// SPDX-License-Identifier: Apache-2.0
//
// The gate before one of our own agents, as calls of peers meet it: the pure
// routing::Admission, joined to the calls that wait, the clock and the metrics.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "sidecar/routing/admission.h"

namespace herald::call {

// What a call that waits is told, never from inside a call to the gate.
class GateEvents {
 public:
  virtual ~GateEvents() = default;
  // It is inside from now on, and met so many.
  virtual void OnEnter(uint32_t met) = 0;
  // It waited for nothing: there is too much before the agent.
  virtual void OnTurnedAway() = 0;
};

// Owned by InboundCalls; borrows loop, metrics and random. One thread.
class Gate {
 public:
  using Entry = routing::Admission::Entry;
  using Ticket = routing::Admission::Ticket;

  Gate(EventLoop& loop, Metrics& metrics, Random& random,
       const std::string& agent);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // `events` is told only where the verdict is to wait, and until Forget.
  Entry Arrive(std::string_view caller, uint8_t urgency, GateEvents* events);
  void OnHeld(Ticket ticket, size_t bytes);
  void Forget(Ticket ticket);

  void OnAnswer(Duration service, uint32_t met);
  void OnLeave();

  uint32_t limit() const { return admission_.limit(); }

 private:
  // Tells what is due, and sets the clock for what will be.
  void Settle();
  void SettleSoon();
  void SetTimer();

  EventLoop& loop_;
  routing::Admission admission_;
  std::map<Ticket, GateEvents*> waiting_;
  bool settling_ = false;
  TimerId timer_ = 0;
  Time timer_at_ = kNever;
  Gauge& limit_shown_;
  Gauge& waiting_shown_;
  Counter& refused_;
  // What is posted, and what metrics ask, may come after we are gone.
  std::shared_ptr<Gate*> self_;
};

// The urgency that a request's `priority` states (RFC 9218 §4.1), or 3.
uint8_t UrgencyOf(std::string_view priority);

}  // namespace herald::call
