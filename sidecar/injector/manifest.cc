// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/manifest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "core/yaml/scalar.h"

namespace herald::injector {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<const char*> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// kubectl's reader takes these, too, for booleans.
bool IsTrue(std::string_view text) {
  return IsOneOf(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true",
                        "True", "TRUE"});
}
bool IsFalse(std::string_view text) {
  return IsOneOf(text, {"n", "N", "no", "No", "NO", "off", "Off", "OFF",
                        "false", "False", "FALSE"});
}

std::optional<json::Value> Whole(std::string digits, int base, bool negative) {
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  uint64_t number = 0;
  auto [end, error] = std::from_chars(
      digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  constexpr uint64_t kMost = INT64_MAX;
  if (number > kMost + (negative ? 1 : 0)) {
    if (negative) return std::nullopt;
    return json::Value(number);
  }
  // Wraps to what is meant, at INT64_MIN too.
  return json::Value(static_cast<int64_t>(negative ? -number : number));
}

json::Value Number(const std::string& text) {
  std::string_view rest = text;
  const bool negative = rest[0] == '-';
  if (negative || rest[0] == '+') rest.remove_prefix(1);
  std::optional<json::Value> whole;
  const std::string_view lead = rest.substr(0, 2);
  if (lead == "0x") {
    whole = Whole(std::string(rest.substr(2)), 16, negative);
  } else if (lead == "0b") {
    whole = Whole(std::string(rest.substr(2)), 2, negative);
  } else if (lead == "0o") {
    whole = Whole(std::string(rest.substr(2)), 8, negative);
  } else if (rest.size() > 1 && rest[0] == '0') {
    whole = Whole(std::string(rest), 8, negative);
  } else {
    whole = Whole(std::string(rest), 10, negative);
  }
  if (whole) return *whole;
  double number = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(),
                                      number, std::chars_format::general);
  // JSON has neither infinity nor base 60.
  if (error != std::errc() || end != rest.data() + rest.size() ||
      !std::isfinite(number)) {
    return json::Value(text);
  }
  return json::Value(negative ? -number : number);
}

json::Value Scalar(const yaml::Node& node) {
  if (node.quoted) return json::Value(node.text);
  if (IsTrue(node.text)) return json::Value(true);
  if (IsFalse(node.text)) return json::Value(false);
  const std::string_view trap = yaml::TrapOf(node.text);
  if (trap.empty()) return json::Value(node.text);
  if (trap == "nothing") return json::Value(nullptr);
  return Number(node.text);
}

// Whether the text, unquoted, is a text to every reader of YAML.
bool IsPlain(std::string_view text) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kMore = "0123456789_./@+=-";
  if (text.empty() || text.size() > 200) return false;
  if (IsTrue(text) || IsFalse(text) || !yaml::TrapOf(text).empty()) {
    return false;
  }
  const bool no_date = text[0] < '0' || text[0] > '9' ||
                       text.find_first_of("-.+_") == std::string_view::npos;
  const bool word = kLetters.find(text[0]) != std::string_view::npos ||
                    text[0] == '/' || (text[0] >= '0' && text[0] <= '9');
  if (!word || !no_date) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kLetters.find(text[i]) != std::string_view::npos) continue;
    if (kMore.find(text[i]) != std::string_view::npos) continue;
    // A colon that no space follows, a space between words.
    const bool inner = i + 1 < text.size() && text[i + 1] != ' ' &&
                       text[i + 1] != '#' && text[i + 1] != ':';
    if ((text[i] == ':' || text[i] == ' ') && inner && text[0] > '9') continue;
    return false;
  }
  return true;
}

std::string Quoted(std::string_view text) {
  std::string quoted;
  json::AppendQuoted(quoted, text);
  std::string out;
  for (char c : quoted) {
    if (c == '\x7f') {
      out += "\\u007f";
    } else {
      out += c;
    }
  }
  return out;
}

// A text of several lines that can stand as it is under `|`.
bool IsBlock(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text[0] == ' ' ||
      text[0] == '\n') {
    return false;
  }
  // Readers differ about spaces at the end of a line.
  if (text.find(" \n") != std::string_view::npos || text.back() == ' ' ||
      (text.size() >= 2 && text.substr(text.size() - 2) == "\n\n")) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (c >= 0x20 && c < 0x7f);
  });
}

void AppendBlock(std::string& out, std::string_view text, size_t indent) {
  const bool ended = text.back() == '\n';
  out += ended ? "|" : "|-";
  if (ended) text.remove_suffix(1);
  for (;;) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += '\n';
    if (end > 0) out.append(indent, ' ').append(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

// "0.5" and not JSON's "5E-1"; a whole one keeps its point, so that it stays no
// integer.
std::string Decimal(double number) {
  // Boost.JSON reads 0e330 as nought times infinity, which is no number.
  if (!std::isfinite(number)) number = 0;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  std::string out(text, end);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

void AppendScalar(std::string& out, const json::Value& value, size_t indent) {
  const auto* string = value.if_string();
  if (value.is_double()) {
    out += Decimal(value.get_double());
    return;
  }
  if (string == nullptr) {
    out += json::Serialize(value);  // null, booleans, integers, {} and []
    return;
  }
  const std::string_view text(string->data(), string->size());
  if (IsPlain(text)) {
    out += text;
  } else if (IsBlock(text)) {
    AppendBlock(out, text, indent);
  } else {
    out += Quoted(text);
  }
}

bool IsNested(const json::Value& value) {
  return (value.is_object() && !value.get_object().empty()) ||
         (value.is_array() && !value.get_array().empty());
}

// `out` ends where the first line of the value may begin: after "- ", or at
// the start of a line that has been indented.
void AppendNested(std::string& out, const json::Value& value, size_t indent) {
  const std::string pad(indent, ' ');
  bool first = true;
  if (const json::Array* array = value.if_array()) {
    for (const json::Value& item : *array) {
      out += (first ? "" : pad) + "- ";
      first = false;
      if (IsNested(item)) {
        AppendNested(out, item, indent + 2);
      } else {
        AppendScalar(out, item, indent + 2);
        out += '\n';
      }
    }
    return;
  }
  for (const auto& member : value.get_object()) {
    const std::string_view key(member.key().data(), member.key().size());
    out += (first ? "" : pad) + (IsPlain(key) ? std::string(key) : Quoted(key));
    first = false;
    if (!IsNested(member.value())) {
      out += ": ";
      AppendScalar(out, member.value(), indent + 2);
      out += '\n';
      continue;
    }
    // Lists stand at their key's own depth, as kubectl prints them.
    const size_t depth = member.value().is_array() ? indent : indent + 2;
    out += ":\n" + std::string(depth, ' ');
    AppendNested(out, member.value(), depth);
  }
}

std::string Unescaped(std::string_view token) {
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    out += !escape ? token[i] : token[++i] == '1' ? '/' : '~';
  }
  return out;
}

const yaml::Node* Step(const yaml::Node& parent, const std::string& token) {
  if (parent.kind == yaml::Kind::kMap) return parent.Find(token);
  size_t index = 0;
  auto [end, error] =
      std::from_chars(token.data(), token.data() + token.size(), index);
  const bool found = parent.kind == yaml::Kind::kList && error == std::errc() &&
                     end == token.data() + token.size() &&
                     index < parent.items.size();
  return found ? &parent.items[index] : nullptr;
}

}  // namespace

json::Value ToJson(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Kind::kNull:
      return nullptr;
    case yaml::Kind::kScalar:
      return Scalar(node);
    case yaml::Kind::kList: {
      json::Array out;
      for (const yaml::Node& item : node.items) out.push_back(ToJson(item));
      return out;
    }
    case yaml::Kind::kMap:
      break;
  }
  json::Object out;
  for (const yaml::Entry& entry : node.entries) {
    out[json::View(entry.key)] = ToJson(entry.value);
  }
  return out;
}

std::string ToYaml(const json::Value& value) {
  std::string out;
  if (IsNested(value)) {
    AppendNested(out, value, 0);
  } else {
    AppendScalar(out, value, 2);
    out += '\n';
  }
  return out;
}

Position PlaceOf(const yaml::Node& root, std::string_view pointer) {
  const yaml::Node* node = &root;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    const yaml::Node* next = Step(*node, Unescaped(pointer.substr(0, end)));
    if (next == nullptr) break;
    node = next;
    pointer.remove_prefix(end);
  }
  return node->at;
}

}  // namespace herald::injector
