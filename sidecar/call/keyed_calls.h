// SPDX-License-Identifier: Apache-2.0
//
// The way to our agent for calls that bear an idempotency key. The first one
// goes through and is listened to; one that comes again with the same key gets
// the first one's answer, now or when it is there, and the agent sees one.
//
//   relay -- Front --> Run --> agent        the first: heard, and kept
//   relay -- Replay                         again: waits for the Run's answer
//
// A Run goes on where its caller is lost: the caller will ask again, and then
// the answer is there.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "sidecar/call/next_hop.h"
#include "sidecar/call/seen_calls.h"

namespace herald::call {

// Owned by InboundCalls; what it is given outlives it. One thread.
class KeyedCalls {
 public:
  enum class Refusal {
    kAlreadyDone,   // and the answer was not kept
    kOtherRequest,  // the key was used for another request
  };
  struct Ask {
    SeenKey key;
    // Kept as long as our agent works on the call.
    std::shared_ptr<void> held;
    http::StreamEvents* events;  // of the relay
    // In place of a response; called from inside the loop.
    std::function<void(Refusal)> refused;
  };
  // `id` tells this memory from that of a process before us.
  KeyedCalls(EventLoop& loop, NextHop& agents, Metrics& metrics, uint64_t id,
             SeenCalls::Options options = {});
  ~KeyedCalls();

  // The call would not reach our agent: it came before, and whole.
  bool Knows(const SeenKey& key);

  // As NextHop::Open towards our agents.
  std::unique_ptr<http::Stream> Open(Ask ask, policy::Permit permit,
                                     const Target& target,
                                     const http::RequestHead& head, bool end);

  // Ends the call that was opened with these events at our agent too, where
  // letting its stream go would let it run on.
  void Cut(const http::StreamEvents* events);

  uint64_t id() const { return id_; }
  // All keyed calls that began less long ago are remembered.
  Duration Remembers() const { return seen_.Remembers(loop_.Now()); }
  size_t running() const { return runs_.size(); }

 private:
  class Front;
  class Run;
  void Retire(Run* run);
  // The run of that call, if its request is not whole and our agent has
  // nothing.
  Run* OnItsWay(const SeenCallPtr& call);

  EventLoop& loop_;
  NextHop& agents_;
  Counter& replayed_;
  const uint64_t id_;
  SeenCalls seen_;
  std::list<std::unique_ptr<Run>> runs_;
  std::list<std::unique_ptr<Run>> retired_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::call
