// SPDX-License-Identifier: Apache-2.0
//
// One replica: slots, a FIFO queue before them, and the production LoadMeter,
// which counts from a call's arrival, as the callee's sidecar does.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/base/time.h"
#include "sidecar/routing/load_meter.h"
#include "tests/simulation/routing_study/event_queue.h"
#include "tests/simulation/routing_study/scene.h"

namespace herald::study {

struct Job {
  uint32_t call = 0;
  Duration first{0};
  Duration rest{0};
};

// What comes back. Called from the clock, never from inside a call to Server.
class ServerEvents {
 public:
  virtual ~ServerEvents() = default;
  virtual void OnHead(uint32_t call, bool failed,
                      const routing::LoadReport& report) = 0;
  virtual void OnEnd(uint32_t call) = 0;  // of a call with a rest
};

// Borrows clock and events. One thread.
class Server {
 public:
  Server(const SiteSpec& site, EventQueue& clock, ServerEvents& events);

  // REQUIRES: alive.
  void Arrive(const Job& job);
  // Its caller has left: it stops wherever it is.
  void Cancel(uint32_t call);
  routing::LoadReport Report() const { return meter_.Report(clock_.now()); }

  // What happens to it. Whatever began before goes on at its old pace.
  void Crash();
  void Revive() { alive_ = true; }
  void SetSlowness(double times) { slowness_ = times; }
  void SetFailing(bool failing) { failing_ = failing; }

  bool alive() const { return alive_; }
  bool failing() const { return failing_; }
  uint32_t slots() const { return slots_; }
  size_t in_flight() const { return running_.size() + queue_.size(); }

  // What only an oracle can see: when a call of `first` work would have its
  // first byte if it arrived at `at`, behind those still on their way.
  Time FirstByteOf(Duration first, Time at,
                   const std::vector<Job>& on_the_way) const;

 private:
  struct Waiting {
    Job job;
    Time arrived;
    uint32_t load_met;
  };
  struct Running {
    uint32_t call;
    Time ends;
  };

  Duration Takes(Duration work) const;
  void Start(const Waiting& waiting);
  bool IsRunning(uint32_t call) const;
  void End(uint32_t call);
  void StartNext();

  EventQueue& clock_;
  ServerEvents& events_;
  const double speed_;
  const uint32_t slots_;
  double slowness_ = 1;
  bool failing_ = false;
  bool alive_ = true;
  routing::LoadMeter meter_;
  std::vector<Running> running_;
  std::deque<Waiting> queue_;
};

}  // namespace herald::study
