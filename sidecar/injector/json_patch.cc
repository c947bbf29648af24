// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/json_patch.h"

#include <charconv>
#include <optional>
#include <utility>

namespace herald::injector {
namespace {

std::string Unescaped(std::string_view token) {
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      out += token[++i] == '1' ? '/' : '~';
    } else {
      out += token[i];
    }
  }
  return out;
}

std::optional<size_t> Index(std::string_view token) {
  size_t index = 0;
  auto [end, error] =
      std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size()) {
    return std::nullopt;
  }
  return index;
}

json::Value* Step(json::Value& parent, std::string_view token) {
  if (json::Object* object = parent.if_object()) {
    return object->if_contains(json::View(Unescaped(token)));
  }
  json::Array* array = parent.if_array();
  std::optional<size_t> index = Index(token);
  if (array == nullptr || !index || *index >= array->size()) return nullptr;
  return &(*array)[*index];
}

json::Value* Find(json::Value& document, std::string_view pointer) {
  json::Value* value = &document;
  while (value != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);  // the '/'
    const size_t end = std::min(pointer.find('/'), pointer.size());
    value = Step(*value, pointer.substr(0, end));
    pointer.remove_prefix(end);
  }
  return value;
}

bool Add(json::Value& parent, std::string_view token, json::Value value) {
  if (json::Object* object = parent.if_object()) {
    (*object)[json::View(Unescaped(token))] = std::move(value);
    return true;
  }
  json::Array* array = parent.if_array();
  if (array == nullptr) return false;
  if (token == "-") {
    array->push_back(std::move(value));
    return true;
  }
  std::optional<size_t> index = Index(token);
  if (!index || *index > array->size()) return false;
  array->insert(array->begin() + static_cast<std::ptrdiff_t>(*index),
                std::move(value));
  return true;
}

}  // namespace

std::string Below(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Below(std::string_view pointer, size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

json::Object Addition(std::string_view pointer, json::Value value) {
  json::Object out;
  out["op"] = "add";
  out["path"] = json::View(pointer);
  out["value"] = std::move(value);
  return out;
}

const json::Value* At(const json::Value& document, std::string_view pointer) {
  return Find(const_cast<json::Value&>(document), pointer);
}

Status Apply(const json::Array& patch, json::Value& document) {
  for (const json::Value& entry : patch) {
    const json::Object* change = entry.if_object();
    const json::Value* value = change ? change->if_contains("value") : nullptr;
    std::string path;
    if (value != nullptr) {
      path = json::GetString(*change, "path").value_or("");
    }
    if (value == nullptr || path.empty() || path[0] != '/' ||
        json::GetString(*change, "op") != "add") {
      return InvalidArgument("not an addition: " + json::Serialize(entry));
    }
    const size_t last = path.rfind('/');
    json::Value* parent = Find(document, path.substr(0, last));
    if (parent == nullptr || !Add(*parent, path.substr(last + 1), *value)) {
      return InvalidArgument("there is no place " + path);
    }
  }
  return absl::OkStatus();
}

}  // namespace herald::injector
