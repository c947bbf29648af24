// SPDX-License-Identifier: Apache-2.0
#include "policy/parse_moment.h"

#include <string>
#include <utility>

#include "core/base/calendar.h"

namespace herald::policy {

std::optional<Moment> ReadMoment(yaml::MapReader& map, std::string_view key,
                                 Words words) {
  const yaml::Node* node = map.Optional(key);
  std::optional<std::string> text = map.String(key);
  if (!text) return std::nullopt;
  std::optional<WallTime> time = ParseRfc3339(*text);
  if (!time && words == Words::kDateOrTime) {
    std::optional<WallTime> day = ParseDate(*text);
    if (day) time = *day + std::chrono::hours(24) - Duration(1);
  }
  if (time) return Moment{Text{*std::move(text), node->at}, *time};
  bool date = words == Words::kDateOrTime;
  map.problems().Error(
      *node,
      "'" + std::string(key) + "' must be " + (date ? "a date or " : "") +
          "a time of RFC 3339, not '" + text->substr(0, 40) + "'",
      std::string(key) + (date ? ": 2027-01-15 or " : ": ") +
          "2026-11-21T05:00:00Z");
  return std::nullopt;
}

}  // namespace herald::policy
