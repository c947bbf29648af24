// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the '?' of a page's address.
#pragma once

#include <string_view>

#include "core/base/status.h"
#include "core/json/json.h"

namespace herald::admin {

// "agent=sum&label=a&label=b&purpose=p" -> {agent, labels: [a, b], purpose};
// also skill and affinity. kInvalidArgument for another key, a key given twice
// that may be there once, or bytes that are not escaped well (RFC 3986).
StatusOr<json::Value> ParseRouteQuery(std::string_view query);

}  // namespace herald::admin
