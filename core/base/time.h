// SPDX-License-Identifier: Apache-2.0
//
// Time as values. Nothing here reads a clock: the event loop hands out `Time`
// (monotonic, for intervals) and `WallTime` (for logs and certificates), so
// that a simulation can own both.
#pragma once

#include <chrono>
#include <cstdint>

namespace herald {

using Duration = std::chrono::nanoseconds;

// A tag clock: it has no now(), on purpose.
struct Monotonic {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic, Duration>;
  static constexpr bool is_steady = true;
};

using Time = Monotonic::time_point;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

inline constexpr Time kNever = Time::max();

// Nanoseconds since the loop's epoch, the form ngtcp2 takes.
constexpr uint64_t ToNanos(Time t) {
  return static_cast<uint64_t>(t.time_since_epoch().count());
}
constexpr Time FromNanos(uint64_t ns) {
  return ns > static_cast<uint64_t>(INT64_MAX)
             ? kNever
             : Time(Duration(static_cast<int64_t>(ns)));
}
constexpr double ToMillis(Duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

}  // namespace herald
