// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/call_facts.h"

#include <utility>

#include "policy/claims.h"

namespace herald::call {

void CallFacts::Settle(const policy::Program& program) {
  auto sorted = policy::CountingEndorsements(program, caller, claimed);
  endorsements = std::move(sorted.counting);
  dropped = std::move(sorted.dropped);
  labels = said;
  labels = policy::WithFloors(program, ToQuestion());
}

policy::Call CallFacts::ToQuestion() const {
  policy::Call call;
  call.caller = caller;
  call.callee = agent;
  call.caller_namespace = caller_namespace;
  call.skill = skill;
  call.labels = labels;
  call.purpose = purpose;
  call.legal_basis = legal_basis;
  call.endorsements = endorsements;
  call.at = at;
  return call;
}

}  // namespace herald::call
