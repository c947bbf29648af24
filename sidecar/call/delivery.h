// SPDX-License-Identifier: Apache-2.0
//
// What an agent of our own gets to see with a call that is delivered to it:
// `herald-call` (the handle it gives back on calls it makes for this one),
// `herald-caller` and `herald-labels`.
#pragma once

#include <string>
#include <vector>

#include "core/http/message.h"
#include "sidecar/call/call_facts.h"
#include "sidecar/call/environment.h"

namespace herald::call {

// Keeps the handle known as long as it lives. `passed`: the agents called
// before this one.
class Delivery {
 public:
  Delivery(Environment& environment, const CallFacts& call,
           std::optional<Time> deadline, uint32_t hops,
           std::vector<std::string> passed = {});
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void AddTo(http::Headers& headers, const CallFacts& call) const;

 private:
  Handles& handles_;
  std::string handle_;
};

// 22 characters of base64url: 128 random bits. Never one that begins with '-',
// which `herald explain CALL-ID` would take for an option.
std::string MakeCallId(Random& random);

}  // namespace herald::call
