// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/watch_decoder.h"

#include <utility>

#include "core/json/json.h"
#include "discovery/etcd/encoding.h"

namespace herald::etcd {
namespace {

Status Nonsense(const std::string& what) {
  return MakeStatus(StatusCode::kDataLoss, "etcd's watch said " + what);
}

StatusOr<Change> ReadChange(const json::Object& event) {
  const json::Object* pair = ObjectAt(event, "kv");
  if (pair == nullptr) return Nonsense("an event without a key");
  auto key = BytesAt(*pair, "key");
  auto value = BytesAt(*pair, "value");
  if (!key || !value) return Nonsense("a key or value that is no base64");
  Change out{.key = *std::move(key),
             .revision = NumberAt(*pair, "mod_revision")};
  // PUT is the zero of its enumeration, and left out.
  if (json::GetString(event, "type").value_or("PUT") == "PUT") {
    out.value = *std::move(value);
  }
  return out;
}

StatusOr<WatchMessage> ReadMessage(const json::Object& result) {
  WatchMessage out;
  if (const json::Object* header = ObjectAt(result, "header")) {
    out.revision = NumberAt(*header, "revision");
  }
  out.created = FlagAt(result, "created");
  out.fragment = FlagAt(result, "fragment");
  out.canceled = FlagAt(result, "canceled");
  out.reason = json::GetString(result, "cancel_reason").value_or("");
  out.compact_revision = NumberAt(result, "compact_revision");
  for (const json::Value& event : ListAt(result, "events")) {
    HERALD_ASSIGN_OR_RETURN(Change change, ReadChange(event.get_object()));
    out.changes.push_back(std::move(change));
  }
  return out;
}

}  // namespace

Status WatchDecoder::Feed(std::string_view bytes,
                          std::vector<WatchMessage>& messages) {
  while (failed_.ok() && !bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (piece.size() > kMaxMessage - line_.size()) {
      failed_ = Nonsense("more than " + std::to_string(kMaxMessage) +
                         " bytes at once");
      break;
    }
    line_ += piece;
    if (end == bytes.npos) break;
    bytes.remove_prefix(end + 1);
    failed_ = Take(std::exchange(line_, {}), messages);
  }
  return failed_;
}

Status WatchDecoder::Take(std::string_view line,
                          std::vector<WatchMessage>& messages) {
  if (line.find_first_not_of(" \t\r") == line.npos) return absl::OkStatus();
  const auto document = json::Parse(line);
  const json::Object* object = document ? document->if_object() : nullptr;
  if (object == nullptr) return Nonsense("what is no JSON object");
  if (const json::Object* error = ObjectAt(*object, "error")) {
    return Unavailable(
        "etcd ended the watch: " +
        json::GetString(*error, "message").value_or("no reason"));
  }
  const json::Object* result = ObjectAt(*object, "result");
  if (result == nullptr) return Nonsense("neither a result nor an error");
  HERALD_ASSIGN_OR_RETURN(WatchMessage message, ReadMessage(*result));
  messages.push_back(std::move(message));
  return absl::OkStatus();
}

}  // namespace herald::etcd
