// SPDX-License-Identifier: Apache-2.0
//
// One scalar as a typed value. YAML 1.1 reads the country code NO as false and
// 012 as ten; we neither follow nor stay silent: where a text is wanted, an
// unquoted word that some YAML reader would take for something else is an
// error that says how to quote it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/yaml/node.h"
#include "core/yaml/problems.h"

namespace herald::yaml {

// What the unquoted `text` would be to a YAML 1.1 or 1.2 reader other than a
// text: "a boolean", "a number", "an octal number", "a sexagesimal number",
// "nothing"; empty when it is a text to all of them.
std::string_view TrapOf(std::string_view text);

// "a list", "the number 42", "nothing": what stands there, for messages.
std::string Describe(const Node& node);

// "0ms", "1500ms", "2s", "10m", "24h", "30d": a whole number and a unit.
std::optional<Duration> ParseDuration(std::string_view text);
// The shortest of those forms: "2s", not "2000ms".
std::string ToString(Duration duration);

// Each returns nullopt after it has reported why. `what` names the thing in
// messages: "'address'".
std::optional<std::string> ReadString(const Node& node, Problems& problems,
                                      std::string_view what);
std::optional<bool> ReadBool(const Node& node, Problems& problems,
                             std::string_view what);
std::optional<double> ReadNumber(const Node& node, Problems& problems,
                                 std::string_view what);
std::optional<Duration> ReadDuration(const Node& node, Problems& problems,
                                     std::string_view what);

struct Range {
  int64_t min = INT64_MIN;
  int64_t max = INT64_MAX;
};
std::optional<int64_t> ReadInt(const Node& node, Problems& problems,
                               std::string_view what, Range range = {});

}  // namespace herald::yaml
