// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/encoding.h"

#include <algorithm>
#include <charconv>

#include "core/base/base64.h"

namespace herald::etcd {

std::string ToBase64(std::string_view bytes) {
  std::string out = Base64UrlEncode(bytes);
  std::replace(out.begin(), out.end(), '-', '+');
  std::replace(out.begin(), out.end(), '_', '/');
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.find_first_of("-_") != text.npos) return std::nullopt;
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
    text.remove_suffix(1);
  }
  std::string letters(text);
  std::replace(letters.begin(), letters.end(), '+', '-');
  std::replace(letters.begin(), letters.end(), '/', '_');
  return Base64UrlDecode(letters);
}

int64_t NumberAt(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(json::View(key));
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  if (!value->is_string()) return 0;
  const auto& text = value->get_string();
  int64_t out = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && at == end ? out : 0;
}

std::optional<std::string> BytesAt(const json::Object& object,
                                   std::string_view key) {
  const json::Value* value = object.if_contains(json::View(key));
  if (value == nullptr) return "";
  if (!value->is_string()) return std::nullopt;
  const auto& text = value->get_string();
  return FromBase64({text.data(), text.size()});
}

const json::Object* ObjectAt(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(json::View(key));
  return value == nullptr ? nullptr : value->if_object();
}

json::Array ListAt(const json::Object& object, std::string_view key) {
  json::Array out;
  const json::Value* value = object.if_contains(json::View(key));
  if (value == nullptr || !value->is_array()) return out;
  for (const json::Value& item : value->get_array()) {
    if (item.is_object()) out.push_back(item);
  }
  return out;
}

bool FlagAt(const json::Object& object, std::string_view key) {
  const json::Value* value = object.if_contains(json::View(key));
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string EndOfPrefix(std::string prefix) {
  while (!prefix.empty()) {
    const auto last = static_cast<unsigned char>(prefix.back());
    if (last < 0xff) {
      prefix.back() = static_cast<char>(last + 1);
      return prefix;
    }
    prefix.pop_back();
  }
  return std::string(1, '\0');  // "\0" means: to the end of all keys
}

}  // namespace herald::etcd
