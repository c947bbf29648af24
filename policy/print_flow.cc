// SPDX-License-Identifier: Apache-2.0
#include "policy/print_flow.h"

#include "core/yaml/scalar.h"
#include "policy/print.h"

namespace herald::policy {
namespace {

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Nothing that means something in a flow, and no way to be a number or a date.
bool IsPlain(std::string_view text) {
  if (text.empty() || !IsLetter(text[0])) return false;
  for (char c : text) {
    bool fits = IsLetter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                c == '-' || c == '/';
    if (!fits) return false;
  }
  return yaml::TrapOf(text).empty();
}

void AppendEscaped(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7f) {
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15u];
  } else {
    out += c;
  }
}

template <typename List, typename Fn>
std::string Bracketed(const List& list, Fn text) {
  std::string out = "[";
  for (const auto& one : list) {
    if (out.size() > 1) out += ", ";
    out += QuoteYaml(text(one));
  }
  return out + "]";
}

}  // namespace

std::string QuoteYaml(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string out = "\"";
  for (char c : text) AppendEscaped(out, c);
  return out + "\"";
}

std::string FlowList(const Texts& texts) {
  return Bracketed(texts, [](const Text& one) { return one.text; });
}

std::string FlowList(const std::vector<std::string>& texts) {
  return Bracketed(texts, [](const std::string& one) { return one; });
}

FlowMap& FlowMap::Raw(std::string_view key, std::string_view value) {
  if (!text_.empty()) text_ += ", ";
  text_ += key;
  text_ += ": ";
  text_ += value;
  return *this;
}

FlowMap& FlowMap::Add(std::string_view key, std::string_view text) {
  return Raw(key, QuoteYaml(text));
}

FlowMap& FlowMap::Add(std::string_view key,
                      const std::vector<std::string>& texts) {
  return Raw(key, FlowList(texts));
}

FlowMap& FlowMap::List(std::string_view key, const Texts& texts) {
  return texts.empty() ? *this : Raw(key, FlowList(texts));
}

FlowMap& FlowMap::Maybe(std::string_view key, const OptionalTexts& texts) {
  return texts ? Raw(key, FlowList(*texts)) : *this;
}

FlowMap& FlowMap::Map(std::string_view key, const FlowMap& map) {
  return Raw(key, map.Take());
}

}  // namespace herald::policy
