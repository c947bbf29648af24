// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/map_reader.h"

#include <algorithm>

namespace herald::yaml {

MapReader::MapReader(const Node& node, Problems& problems, std::string what)
    : MapReader(&node, problems, std::move(what)) {}

MapReader::MapReader(const Node* node, Problems& problems, std::string what)
    : node_(node), problems_(problems), what_(std::move(what)) {
  if (node_ == nullptr || node_->kind == Kind::kMap) return;
  problems_.Error(*node_, what_ + " must be a map, not " + Describe(*node_));
  node_ = nullptr;
}

std::string MapReader::Quote(std::string_view key) {
  return "'" + std::string(key) + "'";
}

const Node* MapReader::Optional(std::string_view key) {
  if (node_ == nullptr) return nullptr;
  asked_.emplace_back(key);
  return node_->Find(key);
}

const Node* MapReader::Required(std::string_view key) {
  const Node* found = Optional(key);
  if (found == nullptr && node_ != nullptr) {
    problems_.Error(node_->at, what_ + " needs " + Quote(key));
  }
  return found;
}

std::optional<std::string> MapReader::String(std::string_view key) {
  const Node* node = Optional(key);
  if (node == nullptr) return std::nullopt;
  return ReadString(*node, problems_, Quote(key));
}

std::string MapReader::RequiredString(std::string_view key) {
  const Node* node = Required(key);
  if (node == nullptr) return "";
  return ReadString(*node, problems_, Quote(key)).value_or("");
}

std::optional<bool> MapReader::Bool(std::string_view key) {
  const Node* node = Optional(key);
  if (node == nullptr) return std::nullopt;
  return ReadBool(*node, problems_, Quote(key));
}

std::optional<int64_t> MapReader::Int(std::string_view key, Range range) {
  const Node* node = Optional(key);
  if (node == nullptr) return std::nullopt;
  return ReadInt(*node, problems_, Quote(key), range);
}

std::optional<double> MapReader::Number(std::string_view key) {
  const Node* node = Optional(key);
  if (node == nullptr) return std::nullopt;
  return ReadNumber(*node, problems_, Quote(key));
}

std::optional<Duration> MapReader::Duration(std::string_view key) {
  const Node* node = Optional(key);
  if (node == nullptr) return std::nullopt;
  return ReadDuration(*node, problems_, Quote(key));
}

std::optional<std::vector<std::string>> MapReader::Strings(
    std::string_view key) {
  std::optional<std::vector<Text>> texts = Texts(key);
  if (!texts) return std::nullopt;
  std::vector<std::string> strings;
  for (Text& text : *texts) strings.push_back(std::move(text.text));
  return strings;
}

std::optional<std::vector<Text>> MapReader::Texts(std::string_view key) {
  const Node* node = Optional(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Kind::kList) {
    problems_.Error(
        *node, Quote(key) + " must be a list, not " + Describe(*node),
        node->kind == Kind::kScalar ? "write [" + node->text + "]" : "");
    return std::nullopt;
  }
  return ReadTexts(*node, problems_, "a member of " + Quote(key));
}

std::span<const Node> MapReader::List(std::string_view key) {
  const Node* node = Optional(key);
  if (node == nullptr) return {};
  if (node->kind != Kind::kList) {
    problems_.Error(*node,
                    Quote(key) + " must be a list, not " + Describe(*node));
    return {};
  }
  return node->items;
}

MapReader MapReader::Map(std::string_view key) {
  return MapReader(Optional(key), problems_, Quote(key));
}

MapReader MapReader::RequiredMap(std::string_view key) {
  return MapReader(Required(key), problems_, Quote(key));
}

std::span<const Entry> MapReader::Entries() {
  if (node_ == nullptr) return {};
  finished_ = true;
  for (const Entry& entry : node_->entries) {
    std::string_view trap = entry.key_quoted ? "" : TrapOf(entry.key);
    if (trap.empty()) continue;
    problems_.Error(
        entry.key_at,
        "YAML reads the key " + entry.key + " as " + std::string(trap),
        "write \"" + entry.key + "\"");
  }
  return node_->entries;
}

void MapReader::Finish() {
  if (finished_ || node_ == nullptr) return;
  finished_ = true;
  for (const Entry& entry : node_->entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) {
      continue;
    }
    if (entry.key == "<<" || entry.key.substr(0, 1) == "?") continue;
    std::string nearest = Nearest(entry.key, asked_);
    problems_.UnknownKey(
        entry.key_at, "unknown key '" + entry.key + "' in " + what_,
        nearest.empty() ? "" : "did you mean '" + nearest + "'?");
  }
}

std::vector<Text> ReadTexts(const Node& node, Problems& problems,
                            std::string_view what) {
  std::vector<Text> texts;
  for (const Node& item : node.items) {
    if (auto text = ReadString(item, problems, what)) {
      texts.push_back(Text{std::move(*text), item.at});
    }
  }
  return texts;
}

void ReportUnknownWord(const Node& node, Problems& problems,
                       std::string_view what,
                       const std::vector<std::string>& known) {
  std::string list;
  for (const std::string& name : known) {
    list += (list.empty() ? "" : ", ") + name;
  }
  std::string nearest =
      node.kind == Kind::kScalar ? Nearest(node.text, known) : "";
  problems.Error(
      node,
      std::string(what) + " must be one of " + list + ", not " + Describe(node),
      nearest.empty() ? "" : "did you mean '" + nearest + "'?");
}

}  // namespace herald::yaml
