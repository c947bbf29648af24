// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/review.h"

#include <algorithm>
#include <utility>

#include "sidecar/injector/pod.h"

namespace herald::injector {
namespace {

constexpr char kVersion[] = "admission.k8s.io/v1";
constexpr char kKind[] = "AdmissionReview";

// RFC 7231 status of a refusal, as kubectl shows it.
constexpr int kForbidden = 403;

std::string TextAt(const json::Object& object, const char* key) {
  return json::GetString(object, key).value_or("");
}

std::vector<std::string> TextsAt(const json::Object& object,
                                 std::string_view key) {
  std::vector<std::string> out;
  const json::Array* list = ArrayAt(&object, key);
  if (list == nullptr) return out;
  for (const json::Value& each : *list) {
    if (const auto* text = each.if_string()) {
      out.emplace_back(text->data(), text->size());
    }
  }
  return out;
}

UserInfo ReadUser(const json::Object* user) {
  UserInfo out;
  if (user == nullptr) return out;
  out.name = TextAt(*user, "username");
  out.groups = TextsAt(*user, "groups");
  const json::Object* extra = ObjectAt(user, "extra");
  if (extra == nullptr) return out;
  for (const auto& member : *extra) {
    const std::string_view key(member.key().data(), member.key().size());
    out.extra[std::string(key)] = TextsAt(*extra, key);
  }
  return out;
}

// One line, of a length that is shown.
std::string Warning(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() <= kMaxWarning) return text;
  // Cut before a character, not inside of one.
  size_t end = kMaxWarning - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) {
    --end;
  }
  return text.substr(0, end) + "...";
}

}  // namespace

std::string UserInfo::Extra(const std::string& key) const {
  const auto found = extra.find(key);
  if (found == extra.end() || found->second.size() != 1) return "";
  return found->second.front();
}

StatusOr<AdmissionRequest> ReadReview(std::string_view text) {
  if (text.size() > kMaxReview) return InvalidArgument("a review above 8 MiB");
  std::optional<json::Value> document = json::Parse(text);
  const json::Object* review = document ? document->if_object() : nullptr;
  if (review == nullptr) return InvalidArgument("the body is no JSON object");
  if (TextAt(*review, "kind") != kKind ||
      TextAt(*review, "apiVersion") != kVersion) {
    return InvalidArgument(std::string("the body is no ") + kKind + " of " +
                           kVersion);
  }
  const json::Object* request = ObjectAt(review, "request");
  if (request == nullptr) return InvalidArgument("there is no 'request'");
  AdmissionRequest out;
  out.uid = TextAt(*request, "uid");
  if (out.uid.empty()) return InvalidArgument("the request has no 'uid'");
  const json::Object* kind = ObjectAt(request, "kind");
  if (kind == nullptr) return InvalidArgument("the request has no 'kind'");
  out.group = TextAt(*kind, "group");
  out.kind = TextAt(*kind, "kind");
  out.subresource = TextAt(*request, "subResource");
  out.kubernetes_namespace = TextAt(*request, "namespace");
  out.operation = TextAt(*request, "operation");
  out.user = ReadUser(ObjectAt(request, "userInfo"));
  if (const json::Value* object = request->if_contains("object")) {
    out.object = *object;
  }
  return out;
}

std::string WriteReview(const std::string& uid, const AdmissionAnswer& answer) {
  json::Object response = {{"uid", uid}, {"allowed", answer.allowed}};
  if (!answer.allowed) {
    response["status"] = {{"code", kForbidden}, {"message", answer.message}};
  }
  if (answer.allowed && !answer.patch.empty()) {
    response["patchType"] = "JSONPatch";
    response["patch"] = Base64(json::Serialize(answer.patch));
  }
  if (!answer.warnings.empty()) {
    json::Array warnings;
    for (const std::string& text : answer.warnings) {
      warnings.emplace_back(Warning(text));
    }
    response["warnings"] = std::move(warnings);
  }
  return json::Serialize(json::Object{{"apiVersion", kVersion},
                                      {"kind", kKind},
                                      {"response", std::move(response)}});
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits <<= 8;
      if (k < count) bits |= static_cast<unsigned char>(bytes[i + k]);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= count ? kAlphabet[(bits >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

}  // namespace herald::injector
