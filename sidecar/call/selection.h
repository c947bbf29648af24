// SPDX-License-Identifier: Apache-2.0
//
// The question that one attempt of a call asks of routing: which of the
// allowed peers. It turns what discovery, policy and the agent said into the
// values that routing weighs, and its answer into words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/http/message.h"
#include "discovery/endpoint.h"
#include "policy/program.h"
#include "sidecar/call/call_facts.h"
#include "sidecar/call/fields.h"
#include "sidecar/routing/choice.h"
#include "sidecar/routing/explanation.h"

namespace herald::call {

class PeerBook;

// Lives for one attempt; borrows all it is given.
class Selection {
 public:
  struct Parts {
    PeerBook& peers;
    const policy::Program& program;
    const CallFacts& call;
    const http::RequestHead& head;
    const RoutingWish& wish;
  };
  Selection(const Parts& parts,
            std::span<const discovery::EndpointPtr> allowed);

  std::optional<routing::Choice> Choose(Time now, Random& random);

  // What Choose would do, and why; of the same peers in the same order.
  routing::Explanation Explain(Time now) const;

  // The value of `herald-route`: "peer=fra; reason=best; score=12.4ms; ...".
  std::string Describe(const routing::Choice& choice, Time now) const;

  // Where the call must go to one peer and cannot: what to tell its agent.
  std::string Unbound(Time now) const;

 private:
  routing::Ask AskOf(bool repeatable) const;
  bool Repeatable(Time now) const;

  const Parts parts_;
  const std::span<const discovery::EndpointPtr> allowed_;
  routing::Preference preference_;
  std::vector<routing::Candidate> candidates_;
};

}  // namespace herald::call
