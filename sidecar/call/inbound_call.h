// SPDX-License-Identifier: Apache-2.0
//
// One call of a peer to one of our agents: the stages that inbound.h names.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/container/inlined_vector.h"
#include "sidecar/call/call_facts.h"
#include "sidecar/call/context.h"
#include "sidecar/call/delivery.h"
#include "sidecar/call/environment.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/keyed_calls.h"
#include "sidecar/call/problem.h"
#include "sidecar/call/relay.h"

namespace herald::call {

// Owned by InboundCalls; dies one handler after its relay ended.
class InboundCall final : private RelayEvents, private GateEvents {
 public:
  InboundCall(InboundCalls& owner, const Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end);
  ~InboundCall() override;

  // Answers, or opens the exchange with our agent.
  void Begin();

 private:
  friend class InboundCalls;

  // identify
  bool AnswerOwnPath();
  bool Identify();
  // True when what the caller believes of us contradicts what we are.
  bool ViewDiffers() const;

  // authorize, open
  bool AuthorizeCall();
  bool InTime();
  bool Remembers();
  // Of the path that the caller states, ending at `site`.
  policy::Decision Judge(const policy::Program& program, const CallFacts& call,
                         const Site& site) const;
  // Counts the call where its obligations say so; false after it was refused
  // because that cannot be done.
  bool Meter(const policy::Decision& permitted);
  // One of the obligations cannot be kept: refused, and recorded as that.
  void Refuse(const policy::Decision& permitted, const std::string& why);
  void Proceed();
  void Open();
  // `audit: full`: not before the decision is on the disk.
  void OpenWhenRecorded();
  void OnRecorded(bool kept);

  // admission
  void Enter();
  void OnEnter(uint32_t met) override;
  void OnTurnedAway() override;
  void OnRequestHeld() override;
  void OnFirstBytes() override;
  void Answered();
  void EndLoad();
  bool untouched() const;
  void StopWaiting();

  // calls with an idempotency key
  bool TakeKey();
  bool Again() const;
  void OnKeyRefused(KeyedCalls::Refusal refusal);

  // relay
  bool OnResponseHead(http::ResponseHead& head) override;
  bool MayReturn(const http::ResponseHead& head);
  void OnOutFailed(http::Reset reason) override;
  void OnRelayEnd(RelayEnd end) override;
  void OnDeadline();

  // `untouched`: our agent never saw the request.
  void AnswerWith(Outcome outcome, std::string detail, bool untouched);
  void AnswerProblem(Problem problem, bool untouched);
  bool CallerIsForeign() const;
  using Nodes = absl::InlinedVector<policy::Node, 2>;
  Nodes PathEndingAt(const Site& site) const;
  void RecordDecision(const policy::Decision& decision, const Site& site);
  void RecordOutcome(std::span<const std::string> rules);

  // live change
  void OnPolicyChange(const std::shared_ptr<const policy::Program>& program);
  void JudgeAgain(const std::shared_ptr<const policy::Program>& program);
  void Cut(const policy::Decision& decision);

  Environment& env();
  const Environment& env() const;

  InboundCalls& owner_;
  http::RequestHead head_;
  Relay relay_;
  const Time began_;
  const bool own_agent_;  // one of our own calls another one
  CallFacts call_;
  CallContext context_;
  std::shared_ptr<const policy::Program> program_;
  std::optional<policy::Permit> permit_;
  bool waiting_ = false;  // for the disk, which will tell OnRecorded
  uint64_t disk_wait_ = 0;
  std::optional<SeenKey> key_;
  std::shared_ptr<Delivery> delivery_;
  std::optional<Time> deadline_;
  TimerId deadline_timer_ = 0;
  Gate* gate_ = nullptr;
  Gate::Ticket ticket_ = 0;  // while it waits for its turn
  Time opened_{};
  // While it is load, and while it is inside the gate: what it met there.
  std::optional<uint32_t> load_met_;
  std::optional<uint32_t> met_inside_;
  bool audited_ = false;
  bool may_trail_ = false;  // the response can end in gRPC's trailers
  int status_ = 0;
  Outcome outcome_ = Outcome::kOk;
  std::list<std::unique_ptr<InboundCall>>::iterator self_;
};

}  // namespace herald::call
