// SPDX-License-Identifier: Apache-2.0
//
// Calls with an idempotency key that were sent and lost: only the peer they
// went to can tell whether they were done. So they are sent there again, marked
// for the process that got them: its sidecar serves them from its memory, and
// another process's refuses, as nobody can know then.
//
//   lost --memory known--> repeat --answer--> the call's answer
//     |                    ^ |  '--lost--> (again)
//     |                    | '--not sent--> pause --> repeat
//     '--unknown--> Waiting for the peer's word: does it remember?
//
//   patience over, restarted, gone, denied: outcome-unknown
//
// A repetition is not taken from the retry budget: whether the first attempt
// arrived or not, the callee's agent sees one call.
#include <utility>

#include "core/base/check.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/outbound_call.h"

namespace herald::call {
namespace {

// Without a deadline, so long is a peer given to answer again.
constexpr Duration kPatience = std::chrono::seconds(10);

// Between two repetitions that did not leave.
constexpr Duration kPause = std::chrono::milliseconds(250);

// A lost call is sent again to the same peer at most so often.
constexpr uint32_t kMaxRepeats = 3;

}  // namespace

// A method that is idempotent by itself needs no key: it may go elsewhere.
bool OutboundCall::IsKeyed() const {
  if (!key_ || !peer_) return false;
  return !owner_.environment_.peers.IsIdempotent(*peer_, call_.agent,
                                                 head_.method, head_.path);
}

// The key went to some peer before, in a call of its own.
void OutboundCall::FindBinding() {
  if (!key_ || bound_) return;
  const auto* known =
      owner_.bindings_.Find(call_.agent, *key_, env().loop.Now());
  if (known == nullptr) return;
  bound_ = Bound{.peer = known->peer, .first = known->first};
}

void OutboundCall::BindToPeer() {
  owner_.bindings_.Bind(call_.agent, *key_, peer_->name, env().loop.Now());
  const PeerBook::Memory* memory = env().peers.MemoryOf(peer_->name);
  memory_at_open_ = memory ? std::optional(*memory) : std::nullopt;
}

// The attempt under way had no effect; the key may go anywhere again.
void OutboundCall::Unbind() {
  if (key_ && !bound_) owner_.bindings_.Release(call_.agent, *key_);
}

// What the callee has to vouch for, where this attempt is a repetition.
std::optional<CallContext::Repeats> OutboundCall::Repeats() const {
  if (!bound_) return std::nullopt;
  return CallContext::Repeats{
      .memory = bound_->memory->id,
      .age = owner_.environment_.loop.Now() - bound_->first};
}

// Whether the lost attempt can be repeated where it went; then it will be.
bool OutboundCall::RepeatsAtSamePeer(http::Reset reason) {
  const Time now = env().loop.Now();
  if (!bound_) {
    if (!IsKeyed()) return false;
    const auto* binding = owner_.bindings_.Find(call_.agent, *key_, now);
    bound_ = Bound{.peer = peer_->name,
                   .first = binding ? binding->first : opened_,
                   .memory = memory_at_open_};
  }
  bound_->lost_at = now;
  StartPatience();
  if (reason != http::Reset::kNotSent) {
    ++bound_->times_lost;
    AttemptAtBound();
  } else {
    pause_timer_ = env().loop.RunAt(now + kPause, [this] {
      pause_timer_ = 0;
      AttemptAtBound();
    });
  }
  return true;
}

// It went to an agent of our own, and no peer is known by our name.
bool OutboundCall::BoundToUs() {
  const Self& self = env().self;
  return bound_->peer == self.node && self.endpoint != nullptr &&
         env().snapshot()->FindPeer(self.node) == nullptr;
}

// What the peer has said of its memory since the call was lost there. We
// ourselves need not be waited for.
std::optional<PeerBook::Memory> OutboundCall::WordOfBound() {
  if (BoundToUs()) return owner_.inbound_.Memory();
  const PeerBook::Memory* said = env().peers.MemoryOf(bound_->peer);
  if (said == nullptr || said->heard <= bound_->lost_at) return std::nullopt;
  return *said;
}

void OutboundCall::StartPatience() {
  if (patience_timer_) return;
  const Time until = env().loop.Now() + kPatience;
  patience_timer_ = env().loop.RunAt(until, [this] {
    patience_timer_ = 0;
    // It is there again and has the call: its agent may take its time.
    if (relay_.committed() || WordOfBound()) return;
    RecordAttemptEnd(ToString(Outcome::kOutcomeUnknown), Fate::kUnknown);
    AnswerUnknown("did not answer again");
  });
}

void OutboundCall::AwaitWord() {
  StartPatience();
  word_wait_ = env().peers.AwaitWord(bound_->peer, [this] {
    word_wait_ = 0;
    AttemptAtBound();
  });
}

// True when a repetition may go to the peer; else we wait for its word, or have
// answered.
bool OutboundCall::BoundRemembers() {
  if (auto word = WordOfBound()) bound_->memory = word;
  if (!bound_->memory) {
    AwaitWord();
    return false;
  }
  if (bound_->memory->since < bound_->first) return true;
  AnswerUnknown("has no memory of that time");
  return false;
}

void OutboundCall::AttemptAtBound() {
  if (!relay_.can_move()) {
    return AnswerUnknown("was sent more than is kept for a repetition");
  }
  if (bound_->times_lost > kMaxRepeats) return AnswerUnknown("lost it again");
  snapshot_ = env().snapshot();
  program_ = env().program();
  if (!BoundRemembers()) return;
  call_.at = env().loop.WallNow();
  call_.Settle(*program_);
  NoteOnce();
  auto judged = JudgeBound();
  if (!judged) return;
  owner_.keyed_repeats_.Add();
  OpenJudged(*std::move(judged));
}

std::vector<discovery::EndpointPtr> OutboundCall::WaysToBound() {
  if (BoundToUs()) return {env().self.endpoint};
  std::vector<discovery::EndpointPtr> ways;
  for (const discovery::EndpointPtr& one : snapshot_->Serving(call_.agent)) {
    if (one->name == bound_->peer) ways.push_back(one);
  }
  return ways;
}

// The decision for the next way to the peer, or nothing after an answer.
std::optional<Judged> OutboundCall::JudgeBound() {
  const std::vector<discovery::EndpointPtr> ways = WaysToBound();
  if (ways.empty()) {
    AnswerUnknown("is no longer known");
    return std::nullopt;
  }
  // Another one each time: what failed was a way as often as a peer.
  std::optional<Judged> judged;
  for (size_t i = 0; i < ways.size(); ++i) {
    judged = JudgeOne(*program_, call_, ways[(attempts_ + i) % ways.size()],
                      *snapshot_);
    if (judged->decision.allowed()) return judged;
  }
  peer_ = judged->peer;
  RecordDecision(*judged);
  AnswerUnknown("may not be asked again: policy has changed");
  return std::nullopt;
}

// Its sidecar will not ask its agent, which may have done the call before. True
// where that is the end of it.
bool OutboundCall::TurnedAwayAtBound(const ReplyContext& reply, int status) {
  if (!reply.not_processed) return false;  // the answer says what is known
  RecordAttemptEnd("refused", FateOfOwnAnswer(status, reply.not_processed));
  relay_.Detach();
  AnswerUnknown("would not take it again (" + std::to_string(status) + ")");
  return true;
}

void OutboundCall::StopWaitingForWord() {
  env().peers.ForgetWait(std::exchange(word_wait_, 0));
  env().loop.Cancel(std::exchange(patience_timer_, 0));
  env().loop.Cancel(std::exchange(pause_timer_, 0));
}

// `why` goes on after the peer's name.
void OutboundCall::AnswerUnknown(const std::string& why) {
  AnswerWith(Outcome::kOutcomeUnknown,
             "the call was sent to " + bound_->peer +
                 " and its answer is not known; that peer " + why +
                 "; it may have been done");
}

}  // namespace herald::call
