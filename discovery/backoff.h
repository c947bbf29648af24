// SPDX-License-Identifier: Apache-2.0
//
// Waits that double from 0.8 s to 30 s and are drawn between nothing and that,
// so that a fleet which lost its server together does not come back together.
// A time of health forgets them.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/base/random.h"
#include "core/base/time.h"

namespace herald::discovery {

// One owner, one thread.
class Backoff {
 public:
  static constexpr Duration kFirst = std::chrono::milliseconds(800);
  static constexpr Duration kMost = std::chrono::seconds(30);
  static constexpr Duration kForgets = std::chrono::minutes(2);

  // How long to wait after a failure at `now`.
  Duration Next(Time now, Random& random) {
    if (last_ && now - *last_ >= kForgets) bound_ = kFirst;
    last_ = now;
    const Duration bound = bound_;
    bound_ = std::min(2 * bound_, kMost);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(bound) * random.Unit());
  }

 private:
  Duration bound_ = kFirst;
  std::optional<Time> last_;
};

}  // namespace herald::discovery
