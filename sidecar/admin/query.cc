// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/query.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/http/query.h"

namespace herald::admin {

StatusOr<json::Value> ParseRouteQuery(std::string_view query) {
  constexpr std::string_view kOnce[] = {"agent", "purpose", "skill",
                                        "affinity"};
  json::Object out;
  json::Array labels;
  HERALD_ASSIGN_OR_RETURN(const http::QueryPairs pairs,
                          http::ParseQuery(query));
  for (const auto& [key, value] : pairs) {
    if (key == "label") {
      labels.emplace_back(value);
    } else if (std::count(std::begin(kOnce), std::end(kOnce), key) == 0) {
      return InvalidArgument("'" + key +
                             "' is none of agent, label, purpose, skill, "
                             "affinity");
    } else if (out.if_contains(key) != nullptr) {
      return InvalidArgument("'" + key + "' is given twice");
    } else {
      out[key] = value;
    }
  }
  out["labels"] = std::move(labels);
  return json::Value(std::move(out));
}

}  // namespace herald::admin
