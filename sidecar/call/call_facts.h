// SPDX-License-Identifier: Apache-2.0
//
// The values that describe one call to policy and to the record, whichever
// side it is seen from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "policy/program.h"
#include "policy/question.h"
#include "sidecar/call/origin.h"

namespace herald::call {

struct CallFacts {
  std::string id;  // 22 characters, base64url of 16 random bytes
  std::string caller;
  std::optional<std::string> caller_namespace;
  std::string agent;
  std::optional<std::string> skill;
  // What the call says of itself, and what of it counts: Settle makes the
  // second of the first.
  std::vector<std::string> said;     // labels; sorted, each once
  std::vector<std::string> claimed;  // endorsements
  std::vector<std::string> labels;   // with those that floors add
  std::vector<std::string> endorsements;
  std::vector<std::string> dropped;  // claimed, and not the caller's to give
  std::optional<std::string> purpose;
  std::optional<std::string> legal_basis;
  // When it is judged: what Observe and Override ask.
  WallTime at{};
  // Caller side, over a unix socket: the process that called, by the kernel's
  // word. For the record; policy does not see it.
  std::optional<PeerCredentials> process;

  // Makes labels, endorsements and dropped, by the schemas of `program`.
  void Settle(const policy::Program& program);

  // The question's view of it; `this` must stay in place meanwhile.
  policy::Call ToQuestion() const;
};

}  // namespace herald::call
