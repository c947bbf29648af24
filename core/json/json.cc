// SPDX-License-Identifier: Apache-2.0
#include "core/json/json.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "boost/json/src.hpp"

namespace herald::json {
namespace {

constexpr size_t kMaxDepth = 32;

void AppendPretty(std::string& out, const Value& value, size_t indent) {
  std::string pad(indent + 2, ' ');
  if (const Object* object = value.if_object(); object && !object->empty()) {
    out += "{";
    const char* separator = "\n";
    for (const auto& member : *object) {
      out += separator + pad;
      AppendQuoted(out, {member.key().data(), member.key().size()});
      out += ": ";
      AppendPretty(out, member.value(), indent + 2);
      separator = ",\n";
    }
    out += "\n" + std::string(indent, ' ') + "}";
  } else if (const Array* array = value.if_array(); array && !array->empty()) {
    out += "[";
    const char* separator = "\n";
    for (const Value& element : *array) {
      out += separator + pad;
      AppendPretty(out, element, indent + 2);
      separator = ",\n";
    }
    out += "\n" + std::string(indent, ' ') + "]";
  } else {
    out += Serialize(value);
  }
}

// How many bytes at the front of `text` stand for themselves.
size_t PlainLength(std::string_view text) {
  size_t length = 0;
  // Eight at a time. The top bit of a byte of `odd` is set where the byte is
  // not plain, and perhaps in bytes after one: the loop below finds which.
  constexpr uint64_t kOnes = 0x0101010101010101u;
  constexpr uint64_t kTops = 0x8080808080808080u;
  for (; length + 8 <= text.size(); length += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + length, sizeof word);
    const uint64_t quote = word ^ (kOnes * '"');
    const uint64_t slash = word ^ (kOnes * '\\');
    const uint64_t odd =
        word | (word - kOnes * 0x20) | (quote - kOnes) | (slash - kOnes);
    if ((odd & kTops) != 0) break;
  }
  while (length < text.size()) {
    auto byte = static_cast<unsigned char>(text[length]);
    if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
    ++length;
  }
  return length;
}

// The length of the well-formed UTF-8 sequence at the front of `text`, or 0.
size_t Utf8Length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  size_t length = first < 0x80                    ? 1
                  : first >= 0xc2 && first < 0xe0 ? 2
                  : first >= 0xe0 && first < 0xf0 ? 3
                  : first >= 0xf0 && first < 0xf5 ? 4
                                                  : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  bool overlong =
      (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  bool surrogate = first == 0xed && byte(1) >= 0xa0;
  bool too_big = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || too_big ? 0 : length;
}

}  // namespace

std::optional<Value> Parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code error;
  Value value = boost::json::parse(View(text), error, {}, options);
  if (error) return std::nullopt;
  return value;
}

std::string Serialize(const Value& value) {
  auto text = boost::json::serialize(value);
  return std::string(text.data(), text.size());
}

std::string Pretty(const Value& value) {
  std::string out;
  AppendPretty(out, value, 0);
  out += "\n";
  return out;
}

std::optional<std::string> GetString(const Object& object,
                                     std::string_view key) {
  const Value* value = object.if_contains(View(key));
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const auto& text = value->get_string();
  return std::string(text.data(), text.size());
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // Nearly every text is one such run.
    size_t plain = PlainLength(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    size_t length = Utf8Length(text);
    auto byte = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      length = 1;
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[0];
    } else if (byte < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

}  // namespace herald::json
