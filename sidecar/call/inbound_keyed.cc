// SPDX-License-Identifier: Apache-2.0
//
// What is particular to inbound calls with an idempotency key: whether we know
// the key, and what is said where the first answer cannot be given again.
#include <utility>

#include "sidecar/call/inbound_call.h"

namespace herald::call {

bool InboundCall::TakeKey() {
  if (auto why = IdempotencyKeyError(head_); !why.empty()) {
    AnswerWith(Outcome::kBadRequest, why, true);
    return false;
  }
  if (auto key = IdempotencyKeyOf(head_)) {
    key_ = SeenKey{call_.caller, call_.agent, *std::move(key)};
  }
  return true;
}

// It is a repetition whose first attempt we would know of; or none.
bool InboundCall::Remembers() {
  if (!context_.repeats) return true;
  const bool same = context_.repeats->memory == owner_.keyed_.id();
  if (same && owner_.keyed_.Remembers() > context_.repeats->age) return true;
  AnswerWith(Outcome::kOutcomeUnknown,
             env().self.node +
                 " does not remember so far back whether it was done before",
             false);
  return false;
}

bool InboundCall::Again() const { return key_ && owner_.keyed_.Knows(*key_); }

void InboundCall::OnKeyRefused(KeyedCalls::Refusal refusal) {
  if (refusal == KeyedCalls::Refusal::kAlreadyDone) {
    AnswerWith(Outcome::kAlreadyDone,
               "agent '" + call_.agent +
                   "' has answered this call before, at greater length than "
                   "is kept for a repetition",
               false);
    return;
  }
  AnswerWith(Outcome::kKeyReused,
             "this idempotency-key was used for another request: a new call "
             "needs a new key, a repetition the same method, path and body",
             false);
}

}  // namespace herald::call
