// SPDX-License-Identifier: Apache-2.0
//
// How an attempt of a call ended, as far as it says something of the peer.
#pragma once

#include <cstdint>

namespace herald::routing {

enum class Fate : uint8_t {
  kServed,      // an answer of its agent came, whatever its status
  kTurnedAway,  // alive, and would not take it: load, drain, policy
  kFailed,      // lost, broken off, nonsense, or silent for too long
  kUnknown,     // the caller left first, or was in a hurry
};

}  // namespace herald::routing
