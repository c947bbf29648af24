// SPDX-License-Identifier: Apache-2.0
//
// Moments as people write them: dates and RFC 3339 times, always in UTC inside.
// Only years that WallTime's nanoseconds hold with room to spare are taken, so
// that a day may be added to any of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace herald {

inline constexpr int kFirstYear = 1970;
inline constexpr int kLastYear = 2199;

// "2026-11-21T02:50:00Z"; a fraction and an offset (+01:00) may be there. No
// leap seconds: a policy's window never begins in one.
std::optional<WallTime> ParseRfc3339(std::string_view text);

// The first moment of a day that exists, in UTC: "2027-01-15".
std::optional<WallTime> ParseDate(std::string_view text);

// "2026-11-21T02:50:00Z", with as many digits of a fraction as it takes.
std::string ToRfc3339(WallTime at);

// "2026-11-21", the day in UTC.
std::string ToDate(WallTime at);

}  // namespace herald
