// SPDX-License-Identifier: Apache-2.0
//
// For tests that use the real loop: turns it until something has happened, by
// count and not by sleeping. A turn with nothing to do waits a little in the
// kernel, so a test that fails ends after some seconds instead of hanging.
#pragma once

#include <functional>

#include "core/net/asio_loop.h"

namespace herald::test {

inline constexpr int kTurnsMax = 500;

// True when `happened` became true. The last word of it counts.
inline bool TurnUntil(net::AsioLoop& loop,
                      const std::function<bool()>& happened,
                      int turns = kTurnsMax) {
  for (int i = 0; i < turns && !happened(); ++i) {
    loop.RunTurn(std::chrono::milliseconds(10));
  }
  return happened();
}

// Turns until a few in a row had nothing to do: what was under way is done.
inline void TurnUntilQuiet(net::AsioLoop& loop) {
  for (int i = 0; i < 20; ++i) loop.RunTurn(std::chrono::milliseconds(1));
}

}  // namespace herald::test
