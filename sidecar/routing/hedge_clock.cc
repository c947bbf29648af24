// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/hedge_clock.h"

#include <algorithm>

namespace herald::routing {
namespace {

constexpr Duration kRecent = std::chrono::minutes(1);
constexpr size_t kEnough = 20;

// Below it a second request costs more than it can win (Finagle's bound).
constexpr Duration kLeast = std::chrono::milliseconds(1);

}  // namespace

void HedgeClock::OnFirstByte(Duration ttfb, Time now) {
  samples_[count_++ % kKept] = {now, ttfb};
}

std::optional<Duration> HedgeClock::Patience(Time now) const {
  std::array<Duration, kKept> recent;
  size_t n = 0;
  const size_t kept = std::min<uint64_t>(count_, kKept);
  for (size_t i = 0; i < kept; ++i) {
    if (now - samples_[i].at <= kRecent) recent[n++] = samples_[i].ttfb;
  }
  if (n < kEnough) return std::nullopt;
  // The least that 95 % of them do not exceed.
  auto at = recent.begin() + static_cast<ptrdiff_t>((n * 95 + 99) / 100 - 1);
  std::nth_element(recent.begin(), at,
                   recent.begin() + static_cast<ptrdiff_t>(n));
  return std::max(*at, kLeast);
}

}  // namespace herald::routing
