// SPDX-License-Identifier: Apache-2.0
//
// Agents that call each other without end, each waiting for the next: a call
// knows the agents that were called on its way, and one that comes a third
// time, or at too great a depth, goes no further. Both sidecars look, the
// caller's so that nothing is sent, the callee's because the caller's may be
// of another age.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace herald::call {

// Why a call to `agent` goes no further, in words for the answer; nullopt when
// it may. `passed` are the agents called so far, the first one first; `hops`
// how many calls that were (some may have come without names).
std::optional<std::string> Circle(std::string_view agent,
                                  std::span<const std::string> passed,
                                  uint32_t hops);

}  // namespace herald::call
