// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/api.h"

#include <algorithm>
#include <utility>

namespace herald::kubernetes {
namespace {

// Longer ones were not written for people.
constexpr size_t kMaxReason = 500;

std::string_view HintFor(int status) {
  switch (status) {
    case 401:
      return "; the token or certificate is not good here (any more)";
    case 403:
      return "; grant it by a Role, as k8s/base does";
    case 404:
      return "; are k8s/crds applied there?";
    default:
      return "";
  }
}

}  // namespace

StatusOr<http::WebRequest> MakeRequest(const Api& api, std::string method,
                                       std::string path) {
  http::WebRequest request;
  request.head.method = std::move(method);
  request.head.path = std::move(path);
  request.head.headers.Add("accept", "application/json");
  if (api.token != nullptr) {
    HERALD_ASSIGN_OR_RETURN(const std::string token, api.token());
    request.head.headers.Add("authorization", "Bearer " + token);
  }
  return request;
}

std::string Escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string ReasonOf(int status, std::string_view body) {
  std::string reason;
  if (auto value = json::Parse(body); value && value->is_object()) {
    reason = json::GetString(value->get_object(), "message").value_or("");
  }
  if (reason.empty()) reason = "the server answered " + std::to_string(status);
  if (reason.size() > kMaxReason) reason.resize(kMaxReason);
  return reason + std::string(HintFor(status));
}

const json::Object* MapAt(const json::Object& object,
                          std::initializer_list<std::string_view> keys) {
  const json::Object* here = &object;
  for (std::string_view key : keys) {
    const json::Value* value = here->if_contains(json::View(key));
    here = value == nullptr ? nullptr : value->if_object();
    if (here == nullptr) return nullptr;
  }
  return here;
}

std::optional<std::string> TextAt(
    const json::Object& object, std::initializer_list<std::string_view> keys) {
  const json::Object* here = &object;
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    if (key + 1 == keys.end()) return json::GetString(*here, *key);
    here = MapAt(*here, {*key});
    if (here == nullptr) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace herald::kubernetes
