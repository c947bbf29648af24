// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/query.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace herald::admin {
namespace {

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// nullopt for a '%' without two hexadecimal digits.
std::optional<std::string> Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = HexDigit(text[i + 1]);
    const auto low = HexDigit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

}  // namespace

StatusOr<json::Value> ParseRouteQuery(std::string_view query) {
  constexpr std::string_view kOnce[] = {"agent", "purpose", "skill",
                                        "affinity"};
  json::Object out;
  json::Array labels;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string key(pair.substr(0, equals));
    auto value = Unescape(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) {
      return InvalidArgument("'" + std::string(pair) +
                             "' has a '%' that escapes nothing");
    }
    if (key == "label") {
      labels.emplace_back(*value);
    } else if (std::count(std::begin(kOnce), std::end(kOnce), key) == 0) {
      return InvalidArgument("'" + key +
                             "' is none of agent, label, purpose, skill, "
                             "affinity");
    } else if (out.if_contains(key) != nullptr) {
      return InvalidArgument("'" + key + "' is given twice");
    } else {
      out[key] = *value;
    }
  }
  out["labels"] = std::move(labels);
  return json::Value(std::move(out));
}

}  // namespace herald::admin
