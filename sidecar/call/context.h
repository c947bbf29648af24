// SPDX-License-Identifier: Apache-2.0
//
// The packed header between two sidecars, as values: what the caller's sidecar
// tells with a request, and the callee's with a response. See
// core/proto/context.proto for the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/site.h"
#include "core/base/time.h"
#include "sidecar/routing/signals.h"

namespace herald::call {

inline constexpr std::string_view kContextHeader = "herald-context";
inline constexpr uint32_t kContextVersion = 1;

struct RelayNode {
  bool terminates = false;
  Site site;
  bool operator==(const RelayNode&) const = default;
};

struct CallContext {
  std::string call_id;
  std::string agent;
  std::vector<std::string> labels;
  std::optional<std::string> purpose;
  std::optional<std::string> legal_basis;
  std::vector<std::string> endorsements;
  std::optional<std::string> skill;
  std::optional<Duration> timeout;
  uint32_t hops = 0;
  std::optional<std::string> caller_namespace;
  Site caller_site;
  Site peer_view;
  std::vector<RelayNode> relays;
  uint32_t attempt = 1;
  std::vector<std::string> passed;  // agents called on the way here, in order
  // A repetition of a call with an idempotency key: only for this memory, and
  // only while it reaches back so far.
  struct Repeats {
    uint64_t memory = 0;
    Duration age{0};  // since the first attempt began
    bool operator==(const Repeats&) const = default;
  };
  std::optional<Repeats> repeats;
  bool operator==(const CallContext&) const = default;
};

struct ReplyContext {
  routing::LoadReport load;
  bool not_processed = false;
  bool own_answer = false;
  // What the callee's sidecar remembers of calls with an idempotency key.
  struct Memory {
    uint64_t id = 0;    // another one is another process's
    Duration reach{0};  // all that began less long ago
    bool operator==(const Memory&) const = default;
  };
  std::optional<Memory> memory;
};

std::string Pack(const CallContext& context);
std::string Pack(const ReplyContext& context);

// nullopt when the text is not such a header of a version we know.
std::optional<CallContext> UnpackCall(std::string_view text);
std::optional<ReplyContext> UnpackReply(std::string_view text);

}  // namespace herald::call
