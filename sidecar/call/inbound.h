// SPDX-License-Identifier: Apache-2.0
//
// Calls from other sidecars to our own agents:
//
//   identify -> authorize -> open -> relay -> record
//
// The caller's identity is its certificate's; what else it says of the call
// comes in the packed context. Policy is evaluated again here, with our own
// facts of ourselves: both sides must permit.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "core/base/metrics.h"
#include "sidecar/call/environment.h"
#include "sidecar/call/inbound_gate.h"
#include "sidecar/call/keyed_calls.h"
#include "sidecar/call/origin.h"

namespace herald::call {

class InboundCall;

// Owned by app; `environment` outlives it. One thread.
class InboundCalls final : public CallHandler {
 public:
  explicit InboundCalls(Environment& environment);
  ~InboundCalls() override;

  void OnCall(const Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override;

  // Ends those that a Forbid of the program in force newly matches.
  void OnPolicyChange();

  // Asks policy again for the open calls of that caller: its network has
  // changed under them.
  void JudgeAgain(const std::string& caller);

  // What this sidecar says of itself with every answer, packed; alone, it
  // answers a probe.
  std::string PackedReply(bool own_answer, bool untouched) const;

  // How far back we vouch for calls with an idempotency key, at this instant.
  PeerBook::Memory Memory() const;

  size_t open() const { return calls_.size(); }
  // Calls with an idempotency key that our agent works on, for callers that
  // may be gone.
  size_t keyed_running() const { return keyed_.running(); }

 private:
  friend class InboundCall;

  Gate& GateOf(const std::string& agent);

  // Destroys the call after the running handler.
  void Retire(InboundCall* call);

  Environment& environment_;
  KeyedCalls keyed_;
  Counter& forged_;
  Counter& stripped_;
  Counter& cut_;
  std::map<std::string, std::unique_ptr<Gate>, std::less<>> gates_;  // by agent
  std::list<std::unique_ptr<InboundCall>> calls_;
  std::list<std::unique_ptr<InboundCall>> retired_;
  // What is posted may run after we are gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::call
