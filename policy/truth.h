// SPDX-License-Identifier: Apache-2.0
//
// Kleene's three values. A fact that nobody stated is Unknown, and Unknown
// never satisfies a Permit and always satisfies a Forbid.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace herald::policy {

// Ordered, so that "and" is the least and "or" the greatest.
enum class Truth : uint8_t { kFalse, kUnknown, kTrue };

constexpr Truth And(Truth a, Truth b) { return std::min(a, b); }
constexpr Truth Or(Truth a, Truth b) { return std::max(a, b); }
constexpr Truth Not(Truth a) {
  return static_cast<Truth>(2 - static_cast<int>(a));
}
constexpr Truth ToTruth(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}

constexpr std::string_view ToString(Truth truth) {
  switch (truth) {
    case Truth::kFalse:
      return "false";
    case Truth::kUnknown:
      return "unknown";
    case Truth::kTrue:
      return "true";
  }
  return "";
}

}  // namespace herald::policy
