// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/call_facts.h"

namespace herald::call {

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
  return call;
}

}  // namespace herald::call
