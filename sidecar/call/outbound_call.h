// SPDX-License-Identifier: Apache-2.0
//
// One call of one of our agents: the state machine that outbound.h draws.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sidecar/call/authorize.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/context.h"
#include "sidecar/call/environment.h"
#include "sidecar/call/fields.h"
#include "sidecar/call/origin.h"
#include "sidecar/call/outbound.h"
#include "sidecar/call/problem.h"
#include "sidecar/call/relay.h"
#include "sidecar/routing/fate.h"

namespace herald::call {

using routing::Fate;

// Owned by OutboundCalls; dies one handler after its relay ended.
class OutboundCall final : private RelayEvents {
 public:
  OutboundCall(OutboundCalls& owner, http::RequestHead head,
               std::unique_ptr<http::Stream> stream, bool end);
  ~OutboundCall() override;

  // Identifies the call, then makes the first attempt or answers.
  void Begin(const Origin& origin);

 private:
  friend class OutboundCalls;

  // identify
  bool Identify(const Origin& origin);
  bool AnswerOwnPath(const Origin& origin, const CallFields& fields);
  void AnswerCatalogueEntry(const discovery::AgentQuery& query);
  Catalogue OwnCatalogue(const discovery::Snapshot& snapshot);
  void AnswerAiCatalog(const discovery::AgentQuery& query);
  void AnswerJson(std::string body, std::string_view type = "application/json");
  bool Inherit(const CallFields& fields);
  void StartDeadline(const CallFields& fields);

  // authorize, select, open
  void Attempt();
  void OpenJudged(Judged chosen);
  std::span<const discovery::EndpointPtr> Serving();
  std::optional<Judged> Choose();
  bool AwaitReturn(std::span<const discovery::EndpointPtr> allowed);
  void StopAwaitingReturn();
  // Whatever it waits for before another attempt.
  void StopAwaiting();
  void ProbeAnother(std::span<const discovery::EndpointPtr> allowed,
                    size_t chosen);
  void Open(Judged chosen);
  // `audit: full`: not before the decision is on the disk.
  void OpenWhenRecorded(Judged chosen);
  void OnRecorded(bool kept);
  void StopWaiting(std::string_view outcome);
  // The present attempt is at another agent of ours.
  bool ToOwnAgent() const;
  http::RequestHead HeadFor(const discovery::Endpoint& peer) const;

  // relay
  bool OnResponseHead(http::ResponseHead& head) override;
  void OnOutFailed(http::Reset reason) override;
  bool OnRivalHead(const http::ResponseHead& head) override;
  void OnRivalFailed(http::Reset reason) override;
  void OnRelayEnd(RelayEnd end) override;

  // another peer asked as well (outbound_hedge.cc)
  void ScheduleHedge();
  std::optional<Judged> ChooseRival();
  void Hedge();
  void SwapRival();
  void EndRival(std::string_view outcome, Fate fate);
  void GoOnWithRival();
  void DropRival(std::string_view outcome);

  // another attempt
  bool MovesOn(const ReplyContext& reply, int status);
  std::string RuledOut(http::Reset reason) const;
  bool AnotherIsThere(http::Reset reason);
  bool MayRepeat(http::Reset reason) const;
  bool MayCostMore(http::Reset reason);
  Fate FateAtDeadline() const;
  // What the answer that a peer's sidecar gave by itself says of the peer.
  static Fate FateOfOwnAnswer(int status, bool untouched);
  static Fate FateOf(http::Reset reason);
  // Of an attempt that ended without a head, as records name it.
  static std::string_view OutcomeOf(http::Reset reason);

  // calls with an idempotency key (outbound_keyed.cc)
  bool IsKeyed() const;
  void FindBinding();
  void BindToPeer();
  void Unbind();
  std::optional<CallContext::Repeats> Repeats() const;
  bool RepeatsAtSamePeer(http::Reset reason);
  void StartPatience();
  void AwaitWord();
  bool BoundToUs();
  std::optional<PeerBook::Memory> WordOfBound();
  bool BoundRemembers();
  std::vector<discovery::EndpointPtr> WaysToBound();
  void AttemptAtBound();
  std::optional<Judged> JudgeBound();
  bool TurnedAwayAtBound(const ReplyContext& reply, int status);
  void StopWaitingForWord();
  void AnswerUnknown(const std::string& why);

  // answers of our own
  void AnswerDenied(const std::vector<discovery::EndpointPtr>& peers,
                    bool somebody_lives);
  void AnswerUnknownAgent();
  // One of the obligations cannot be kept: refused, and recorded as that.
  void Refuse(const Judged& permitted, const std::string& why);
  void AnswerLost(http::Reset reason);
  void AnswerWith(Outcome outcome, std::string detail);
  void AnswerProblem(Problem problem);
  void OnDeadline();

  // record
  void RecordDecision(const Judged& judged);
  void RecordAttemptEnd(std::string_view outcome, Fate fate);
  void RecordOutcome(std::string_view outcome,
                     std::span<const std::string> rules = {});
  // For the weighing of policies: once a call.
  void NoteOnce();
  // Counts the call where its obligations say so, once; false after it was
  // refused because that cannot be done.
  bool Meter(const Judged& chosen);

  // live change
  void OnPolicyChange(const std::shared_ptr<const policy::Program>& program);
  void Cut(const policy::Decision& decision);

  Environment& env();

  OutboundCalls& owner_;
  http::RequestHead head_;
  Relay relay_;
  const Time began_;
  CallFacts call_;
  RoutingWish wish_;
  std::string route_;  // for `herald-explain: route`
  uint32_t hops_ = 0;
  std::vector<std::string> passed_;  // agents called on the way here
  std::optional<Time> deadline_;
  TimerId deadline_timer_ = 0;

  // The attempt under way.
  discovery::SnapshotPtr snapshot_;
  std::shared_ptr<const policy::Program> program_;
  discovery::EndpointPtr peer_;
  routing::PeerState* peer_state_ = nullptr;
  std::vector<std::string> tried_;
  uint32_t attempts_ = 0;
  uint32_t number_ = 0;  // of the present attempt
  bool refused_once_ = false;
  bool budget_spent_ = false;
  bool audited_ = false;
  bool noted_ = false;
  bool may_trail_ = false;  // the response can end in gRPC's trailers
  std::vector<std::string> metered_;
  // Waits for the disk, which will tell OnRecorded.
  std::optional<Judged> waiting_;
  uint64_t disk_wait_ = 0;
  Time opened_{};
  int status_ = 0;
  bool attempt_open_ = false;
  Fate fate_ = Fate::kUnknown;  // as far as the attempt has come
  // Failures of peers before this attempt, for the answer when none is left.
  std::string last_failure_;
  std::optional<http::Reset> last_reset_;

  std::optional<std::string> key_;  // the request's idempotency key
  // Where a call with this key went first, and alone may go again.
  struct Bound {
    std::string peer;
    Time first{};    // when the first attempt there began
    Time lost_at{};  // its word is awaited since
    uint32_t times_lost = 0;
    std::optional<PeerBook::Memory> memory;  // of the process that got it
  };
  std::optional<Bound> bound_;
  std::optional<PeerBook::Memory> memory_at_open_;
  // The other attempt, while two race.
  struct Rival {
    discovery::EndpointPtr peer;
    routing::PeerState* state = nullptr;
    Time opened{};
    uint32_t number = 0;
    bool open = false;
    bool audited = false;
  };
  std::optional<Rival> rival_;
  TimerId hedge_timer_ = 0;

  // While all who may serve it have just fallen silent.
  std::optional<Time> return_by_;
  uint64_t return_wait_ = 0;
  TimerId return_timer_ = 0;

  uint64_t word_wait_ = 0;
  TimerId patience_timer_ = 0;
  TimerId pause_timer_ = 0;

  Outcome outcome_ = Outcome::kOk;
  std::list<std::unique_ptr<OutboundCall>>::iterator self_;
};

}  // namespace herald::call
