// SPDX-License-Identifier: Apache-2.0
//
// What policy is asked: may this call, with this data, take this path? Views
// only: whoever asks keeps the texts alive during the question.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/site.h"
#include "core/base/time.h"

namespace herald::policy {

struct Call {
  std::string_view caller;  // SPIFFE id; empty: unknown
  std::string_view callee;  // agent name
  std::optional<std::string_view> caller_namespace;
  std::optional<std::string_view> skill;    // nullopt: unknown
  std::span<const std::string> labels;      // empty means {unlabelled}
  std::optional<std::string_view> purpose;  // nullopt: unknown
  std::optional<std::string_view> legal_basis;
  // Those that count: whoever asks has dropped what a call only claims
  // (claims.h).
  std::span<const std::string> endorsements;
  // When; nullopt: unknown, and then Observe and Override are not in force.
  std::optional<WallTime> at;
};

// One node of the path that data takes. The last one is the peer.
struct Node {
  bool relay = false;
  bool terminates = true;  // sees clear text; always true for the peer
  const Site* site = nullptr;
};

struct Path {
  std::span<const Node> nodes;  // in travel order, never empty
  std::optional<Country> keys_held_in;
};

}  // namespace herald::policy
