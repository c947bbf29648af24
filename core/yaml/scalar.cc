// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace herald::yaml {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool AllOf(std::string_view text, std::string_view letters) {
  return !text.empty() &&
         text.find_first_not_of(letters) == std::string_view::npos;
}

// The words of YAML 1.1's bool type that its common readers honour.
bool IsBooleanWord(std::string_view text) {
  static constexpr std::array<std::string_view, 18> kWords = {
      "yes", "Yes", "YES", "no",   "No",   "NO",   "on",    "On",    "ON",
      "off", "Off", "OFF", "true", "True", "TRUE", "false", "False", "FALSE"};
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

// 190:20:30 is base 60 (YAML 1.1, int and float types).
bool IsSexagesimal(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  if (!AllOf(text.substr(0, colon), "0123456789_")) return false;
  std::string_view rest = text.substr(colon);
  while (!rest.empty() && rest[0] == ':') {
    rest.remove_prefix(1);
    size_t end = std::min(rest.find_first_of(":."), rest.size());
    std::string_view group = rest.substr(0, end);
    if (!AllOf(group, kDigits) || group.size() > 2) return false;
    if (group.size() == 2 && group[0] > '5') return false;
    rest.remove_prefix(end);
  }
  return rest.empty() ||
         (rest[0] == '.' &&
          (rest.size() == 1 || AllOf(rest.substr(1), "0123456789_")));
}

bool IsFloat(std::string_view text) {
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  size_t e = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, e);
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (!exponent.empty() && (exponent[0] == '+' || exponent[0] == '-')) {
      exponent.remove_prefix(1);
    }
    if (!AllOf(exponent, kDigits)) return false;
  }
  size_t dot = mantissa.find('.');
  if (dot == std::string_view::npos) return AllOf(mantissa, kDigits);
  std::string digits(mantissa.substr(0, dot));
  digits += mantissa.substr(dot + 1);
  return AllOf(digits, kDigits);
}

void Wrong(const Node& node, Problems& problems, std::string_view what,
           std::string_view wanted, std::string hint = "") {
  problems.Error(node,
                 std::string(what) + " must be " + std::string(wanted) +
                     ", not " + Describe(node),
                 std::move(hint));
}

struct Unit {
  std::string_view name;
  Duration length;
};
// Longest first, so that ToString takes the shortest form.
constexpr std::array<Unit, 5> kUnits = {
    Unit{"d", std::chrono::hours(24)}, Unit{"h", std::chrono::hours(1)},
    Unit{"m", std::chrono::minutes(1)}, Unit{"s", std::chrono::seconds(1)},
    Unit{"ms", std::chrono::milliseconds(1)}};

}  // namespace

std::string_view TrapOf(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" ||
      text == "NULL") {
    return "nothing";
  }
  if (IsBooleanWord(text)) return "a boolean";
  std::string_view number = text;
  if (number[0] == '+' || number[0] == '-') number.remove_prefix(1);
  if (number.size() > 1 && number[0] == '0' &&
      AllOf(number.substr(1), "01234567_")) {
    return "an octal number";
  }
  if (number.substr(0, 2) == "0o" && AllOf(number.substr(2), "01234567")) {
    return "an octal number";
  }
  if (number.substr(0, 2) == "0x" &&
      AllOf(number.substr(2), "0123456789abcdefABCDEF_")) {
    return "a hexadecimal number";
  }
  if (number.substr(0, 2) == "0b" && AllOf(number.substr(2), "01_")) {
    return "a binary number";
  }
  if (IsSexagesimal(number)) return "a sexagesimal number";
  if (!number.empty() && number[0] != '_' && AllOf(number, "0123456789_")) {
    return "a number";
  }
  if (IsFloat(number)) return "a number";
  return "";
}

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
    case Kind::kScalar:
      break;
  }
  std::string shown = node.text.substr(0, 40);
  if (shown.size() < node.text.size()) shown += "...";
  std::string_view trap = node.quoted ? "" : TrapOf(node.text);
  std::string kind(trap.empty() ? "the text" : trap);
  return kind + " '" + shown + "'";
}

std::optional<Duration> ParseDuration(std::string_view text) {
  int64_t count = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0 || text[0] == '-') return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  for (const Unit& known : kUnits) {
    if (unit != known.name) continue;
    if (count > Duration::max() / known.length) return std::nullopt;
    return count * known.length;
  }
  return std::nullopt;
}

std::string ToString(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration % unit.length != Duration::zero()) continue;
    return std::to_string(duration / unit.length) + std::string(unit.name);
  }
  return std::to_string(duration.count()) + "ns";
}

std::optional<std::string> ReadString(const Node& node, Problems& problems,
                                      std::string_view what) {
  if (node.kind != Kind::kScalar) {
    Wrong(node, problems, what, "a text");
    return std::nullopt;
  }
  if (!node.quoted && !TrapOf(node.text).empty()) {
    Wrong(node, problems, what, "a text",
          "YAML reads " + node.text + " as " + std::string(TrapOf(node.text)) +
              "; write \"" + node.text + "\"");
    return std::nullopt;
  }
  if (node.text.empty()) {
    problems.Error(node, std::string(what) + " must not be empty");
    return std::nullopt;
  }
  return node.text;
}

std::optional<bool> ReadBool(const Node& node, Problems& problems,
                             std::string_view what) {
  bool plain = node.kind == Kind::kScalar && !node.quoted;
  if (plain && node.text == "true") return true;
  if (plain && node.text == "false") return false;
  std::string hint;
  if (node.kind == Kind::kScalar && node.quoted) hint = "without quotes";
  Wrong(node, problems, what, "true or false", hint);
  return std::nullopt;
}

std::optional<double> ReadNumber(const Node& node, Problems& problems,
                                 std::string_view what) {
  double value = 0;
  const char* begin = node.text.data();
  const char* end = begin + node.text.size();
  if (node.kind == Kind::kScalar && !node.quoted && begin != end) {
    auto [rest, error] = std::from_chars(begin, end, value);
    if (error == std::errc() && rest == end && std::isfinite(value)) {
      return value;
    }
  }
  Wrong(node, problems, what, "a number");
  return std::nullopt;
}

std::optional<Duration> ReadDuration(const Node& node, Problems& problems,
                                     std::string_view what) {
  if (node.kind == Kind::kScalar && !node.text.empty()) {
    if (auto duration = ParseDuration(node.text)) return duration;
  }
  Wrong(node, problems, what, "a duration",
        "a whole number and its unit: 1500ms, 2s, 10m, 24h");
  return std::nullopt;
}

std::optional<int64_t> ReadInt(const Node& node, Problems& problems,
                               std::string_view what, Range range) {
  int64_t value = 0;
  const char* begin = node.text.data();
  const char* end = begin + node.text.size();
  bool octal =
      node.kind == Kind::kScalar && node.text.size() > 1 && node.text[0] == '0';
  if (node.kind != Kind::kScalar || node.quoted || octal || begin == end) {
    Wrong(node, problems, what, "a whole number",
          octal ? "YAML 1.1 reads a leading 0 as octal; leave it out" : "");
    return std::nullopt;
  }
  auto [rest, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || rest != end) {
    Wrong(node, problems, what, "a whole number");
    return std::nullopt;
  }
  if (value < range.min || value > range.max) {
    std::string bounds = value < range.min
                             ? "at least " + std::to_string(range.min)
                             : "at most " + std::to_string(range.max);
    problems.Error(
        node, std::string(what) + " must be " + bounds + ", not " + node.text);
    return std::nullopt;
  }
  return value;
}

}  // namespace herald::yaml
