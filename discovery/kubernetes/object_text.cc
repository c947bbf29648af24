// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/object_text.h"

#include <map>
#include <string_view>
#include <utility>

#include "core/yaml/scalar.h"

namespace herald::kubernetes {
namespace {

std::string_view View(const boost::json::string_view& text) {
  return {text.data(), text.size()};
}

bool IsPlainChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' ||
         c == '-' || c == ':' || c == ' ' || c == '*' || c == '@' || c == '+';
}

// Whether every reader of YAML takes the bare `text` for that text.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.back() == ' ' || text.back() == ':') return false;
  const char first = text.front();
  if (first == ' ' || first == ':' || first == '*' || first == '-' ||
      first == '@') {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsPlainChar(text[i])) return false;
    if (text[i] == ':' && text[i + 1] == ' ') return false;
  }
  return yaml::TrapOf(text).empty();
}

void AppendText(std::string& out, std::string_view text) {
  if (IsPlain(text)) {
    out += text;
  } else {
    json::AppendQuoted(out, text);
  }
}

// Whether the value stands on the line of its key.
bool IsShort(const json::Value& value) {
  if (value.is_object()) return value.get_object().empty();
  if (value.is_array()) return value.get_array().empty();
  return true;
}

void AppendShort(std::string& out, const json::Value& value) {
  if (value.is_string()) {
    AppendText(out, View(value.get_string()));
  } else {
    out += json::Serialize(value);
  }
  out += '\n';
}

// The cursor stands where the first key or dash belongs; further lines are
// indented so far.
void AppendBlock(std::string& out, const json::Value& value, size_t indent);

void AppendMap(std::string& out, const json::Object& object, size_t indent) {
  std::map<std::string_view, const json::Value*> sorted;
  for (const auto& member : object) {
    sorted.emplace(View(member.key()), &member.value());
  }
  bool first = true;
  for (const auto& [key, value] : sorted) {
    if (!std::exchange(first, false)) out.append(indent, ' ');
    AppendText(out, key);
    out += ':';
    if (IsShort(*value)) {
      out += ' ';
      AppendShort(out, *value);
      continue;
    }
    out += '\n';
    // kubectl's way: a list's dashes stand under the key itself.
    const size_t inner = value->is_array() ? indent : indent + 2;
    out.append(inner, ' ');
    AppendBlock(out, *value, inner);
  }
}

void AppendBlock(std::string& out, const json::Value& value, size_t indent) {
  if (const json::Object* object = value.if_object()) {
    AppendMap(out, *object, indent);
    return;
  }
  bool first = true;
  for (const json::Value& item : value.get_array()) {
    if (!std::exchange(first, false)) out.append(indent, ' ');
    out += "- ";
    if (IsShort(item)) {
      AppendShort(out, item);
    } else {
      AppendBlock(out, item, indent + 2);
    }
  }
}

json::Value ScalarOf(const yaml::Node& node) {
  const std::string& text = node.text;
  if (!node.quoted && text == "true") return true;
  if (!node.quoted && text == "false") return false;
  // JSON's own numbers are YAML's too; other forms stay texts.
  const bool begins =
      !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (!node.quoted && begins) {
    auto number = json::Parse(text);
    if (number && number->is_number()) return *number;
  }
  return json::Value(json::View(text));
}

}  // namespace

yaml::Node ToNode(const json::Value& value) {
  yaml::Node node;
  if (const json::Object* object = value.if_object()) {
    node.kind = yaml::Kind::kMap;
    for (const auto& member : *object) {
      if (member.value().is_null()) continue;
      yaml::Entry entry;
      entry.key = View(member.key());
      entry.key_quoted = true;
      entry.value = ToNode(member.value());
      node.entries.push_back(std::move(entry));
    }
  } else if (const json::Array* array = value.if_array()) {
    node.kind = yaml::Kind::kList;
    for (const json::Value& item : *array) node.items.push_back(ToNode(item));
  } else if (value.is_string()) {
    node.kind = yaml::Kind::kScalar;
    node.quoted = true;
    node.text = View(value.get_string());
  } else if (!value.is_null()) {
    node.kind = yaml::Kind::kScalar;
    node.text = json::Serialize(value);
  }
  return node;
}

json::Value ToJson(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Kind::kNull:
      return nullptr;
    case yaml::Kind::kScalar:
      return ScalarOf(node);
    case yaml::Kind::kList: {
      json::Array out;
      for (const yaml::Node& item : node.items) out.push_back(ToJson(item));
      return out;
    }
    case yaml::Kind::kMap: {
      json::Object out;
      for (const yaml::Entry& entry : node.entries) {
        out[json::View(entry.key)] = ToJson(entry.value);
      }
      return out;
    }
  }
  return nullptr;
}

std::string ToYaml(const json::Object& object) {
  std::string out;
  AppendMap(out, object, 0);
  return out;
}

}  // namespace herald::kubernetes
