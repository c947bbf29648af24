// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/encoding.h"

#include <charconv>

#include "core/base/base64.h"

namespace herald::etcd {

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
  return Base64Decode({text.data(), text.size()});
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
