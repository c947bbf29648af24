// SPDX-License-Identifier: Apache-2.0
//
// The one door to Boost.JSON: problem documents, the catalogue, `--json`
// output and what our own command line reads back. Not on the hot path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "boost/json.hpp"

namespace herald::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

// nullopt for text that is not one JSON document, or nested too deep.
std::optional<Value> Parse(std::string_view text);

std::string Serialize(const Value& value);

// Indented, for people.
std::string Pretty(const Value& value);

// The string member of that name, or nullopt when absent or no string.
std::optional<std::string> GetString(const Object& object,
                                     std::string_view key);

// `text` as a JSON string, quotes included; bytes that are not UTF-8 become
// U+FFFD. For lines that are written without building a Value.
void AppendQuoted(std::string& out, std::string_view text);

inline boost::json::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace herald::json
