// SPDX-License-Identifier: Apache-2.0
//
// The values that describe one call to policy and to the record, whichever
// side it is seen from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/question.h"
#include "sidecar/call/origin.h"

namespace herald::call {

struct CallFacts {
  std::string id;  // 22 characters, base64url of 16 random bytes
  std::string caller;
  std::optional<std::string> caller_namespace;
  std::string agent;
  std::optional<std::string> skill;
  std::vector<std::string> labels;
  std::optional<std::string> purpose;
  std::optional<std::string> legal_basis;
  std::vector<std::string> endorsements;
  // Caller side, over a unix socket: the process that called, by the kernel's
  // word. For the record; policy does not see it.
  std::optional<PeerCredentials> process;

  // The question's view of it; `this` must stay in place meanwhile.
  policy::Call ToQuestion() const;
};

}  // namespace herald::call
