// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the '?' of an address, as pairs (RFC 3986; a '+' is a
// space, as forms write it).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace herald::http {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// "skill=plan&tag=a%20b" -> {skill, plan}, {tag, a b}; a key without '=' has an
// empty value. kInvalidArgument for a '%' that escapes nothing.
StatusOr<QueryPairs> ParseQuery(std::string_view query);

// The same the other way round, without the '?'.
std::string RenderQuery(const QueryPairs& pairs);

// What of `target` stands before and behind its '?'.
inline std::pair<std::string_view, std::string_view> SplitTarget(
    std::string_view target) {
  const size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

}  // namespace herald::http
