// SPDX-License-Identifier: Apache-2.0
//
// A rate with a burst: so many at once, then so many a second.
#pragma once

#include <algorithm>

#include "core/base/time.h"

namespace herald::transport {

// A value; time is handed in.
class TokenBucket {
 public:
  TokenBucket(double burst, double per_second, Time now)
      : burst_(burst), per_second_(per_second), tokens_(burst), last_(now) {}

  // False when the bucket is empty.
  [[nodiscard]] bool Take(Time now) {
    double seconds = ToMillis(std::max(now - last_, Duration{0})) / 1000;
    tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
    last_ = std::max(last_, now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const double burst_;
  const double per_second_;
  double tokens_;
  Time last_;
};

}  // namespace herald::transport
