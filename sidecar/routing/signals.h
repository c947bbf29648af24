// SPDX-License-Identifier: Apache-2.0
//
// What is known of a peer from the outside: the state of the link to it, and
// the load it reports. Values, shared by transport (which measures), call
// (which reads reports) and routing (which scores).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace herald::routing {

// The state of the connection to a peer, as the detector sees it (routing.md
// B.2).
enum class Link : uint8_t {
  kIdle,        // no connection, none being made
  kConnecting,  // handshake under way; nothing measured yet
  kUp,
  kSuspect,  // silent for 1 PTO: no new calls where another one is near
  kDown,     // silent for 2 PTO, or the handshake failed: not a candidate
};
std::string_view ToString(Link link);  // "up"

// Who falls silent and comes back within this was not dead but paused: a
// container that has used up its share of the processor stands still for up to
// 100 ms, the period in which Linux counts; a virtual machine that is moved,
// likewise.
inline constexpr Duration kLongestPause = std::chrono::milliseconds(150);

// What a peer says of itself with every response and every probe.
struct LoadReport {
  uint32_t in_flight = 0;        // calls being served
  uint32_t limit = 8;            // calls it serves well at once
  std::optional<Duration> ttfb;  // median server-side time to first byte
  bool draining = false;
  // 0..1: how its agent has failed of late (failure_memory.h). One caller's bad
  // luck is known to all with their next probe: who calls seldom need not find
  // out for itself.
  double failing = 0;
};

}  // namespace herald::routing
