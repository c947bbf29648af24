// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue_query.h"

#include <string>

#include "core/http/query.h"

namespace herald::call {

StatusOr<CatalogueQuestion> ParseCatalogueQuery(std::string_view query) {
  CatalogueQuestion out;
  HERALD_ASSIGN_OR_RETURN(const http::QueryPairs pairs,
                          http::ParseQuery(query));
  for (const auto& [key, value] : pairs) {
    if (key != "watch") {
      HERALD_RETURN_IF_ERROR(discovery::Ask(out.query, key, value));
    } else if (value == "1" || value == "true") {
      out.watch = true;
    } else if (value != "0" && value != "false") {
      return InvalidArgument("'watch' is 1 or 0, not '" + value + "'");
    }
  }
  return out;
}

}  // namespace herald::call
