// SPDX-License-Identifier: Apache-2.0
//
// The headers by which an agent says what it wants of its sidecar
// (`herald-agent`, `herald-labels`, ...). Everything in the `herald-`
// namespace is taken off a message here, so that no agent and no peer can
// forge what sidecars tell one another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/http/message.h"

namespace herald::call {

// What an agent asks of routing.
struct RoutingWish {
  std::string affinity;            // what the call belongs to; empty: nothing
  bool affinity_required = false;  // the peer that holds it, or none
  bool explain = false;            // the response is to say why that peer
};

struct CallFields {
  std::optional<std::string> agent;
  std::vector<std::string> labels;  // sorted, each once
  std::optional<std::string> purpose;
  std::optional<std::string> legal_basis;
  std::vector<std::string> endorsements;  // sorted, each once
  std::optional<std::string> skill;
  std::optional<Duration> timeout;
  RoutingWish routing;                // `herald-affinity`, `herald-explain`
  std::optional<std::string> handle;  // `herald-call`
  size_t stripped = 0;  // other herald-* fields: forged, or misspelt
  std::string error;    // what cannot be used, for a 400; empty: fine
};

// Reads the fields an agent may set, and removes every herald-* field.
CallFields TakeFields(http::Headers& headers);

// Removes every herald-* field but `herald-labels`, which a response may bear;
// returns how many went.
size_t StripResponse(http::Headers& headers);

// "a, b" -> {a, b}: sorted, each once; empty members are dropped.
std::vector<std::string> SplitList(std::string_view text);

// "1500ms", "2s", "5m", "1h"; nullopt when it is none.
std::optional<Duration> ParseTimeout(std::string_view text);
// gRPC's "100m": up to 8 digits and one of H M S m u n.
std::optional<Duration> ParseGrpcTimeout(std::string_view text);

}  // namespace herald::call
