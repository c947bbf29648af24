// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/watch_decoder.h"

#include <array>
#include <optional>
#include <utility>

namespace herald::kubernetes {
namespace {

using Type = WatchEvent::Type;

constexpr std::array<std::pair<std::string_view, Type>, 5> kTypes = {{
    {"ADDED", Type::kAdded},
    {"MODIFIED", Type::kModified},
    {"DELETED", Type::kDeleted},
    {"BOOKMARK", Type::kBookmark},
    {"ERROR", Type::kError},
}};

std::optional<Type> TypeOf(const json::Object& event) {
  std::optional<std::string> word = json::GetString(event, "type");
  for (const auto& [name, type] : kTypes) {
    if (word == name) return type;
  }
  return std::nullopt;
}

}  // namespace

Status WatchDecoder::Feed(std::string_view bytes,
                          std::vector<WatchEvent>& events) {
  while (failed_.ok() && !bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (piece.size() > kMaxEvent - line_.size()) {
      failed_ = MakeStatus(
          StatusCode::kResourceExhausted,
          "an event is longer than " + std::to_string(kMaxEvent) + " bytes");
      break;
    }
    if (end == std::string_view::npos) {
      line_ += piece;
      break;
    }
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      failed_ = Take(piece, events);
    } else {
      line_ += piece;
      failed_ = Take(line_, events);
      line_.clear();
    }
  }
  return failed_;
}

Status WatchDecoder::Take(std::string_view line,
                          std::vector<WatchEvent>& events) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
    return absl::OkStatus();
  }
  std::optional<json::Value> value = json::Parse(line);
  if (!value || !value->is_object()) {
    return InvalidArgument("an event is no JSON object");
  }
  json::Object& event = value->get_object();
  std::optional<Type> type = TypeOf(event);
  if (!type) return InvalidArgument("an event is of no known type");
  json::Value* object = event.if_contains("object");
  if (object == nullptr || !object->is_object()) {
    return InvalidArgument("an event has no object");
  }
  events.push_back({*type, std::move(object->get_object())});
  return absl::OkStatus();
}

}  // namespace herald::kubernetes
