// SPDX-License-Identifier: Apache-2.0
#include "core/http/grammar.h"

#include <array>
#include <cstddef>

namespace herald::http {
namespace {

constexpr uint8_t kTokenByte = 1;
constexpr uint8_t kUpper = 2;
constexpr uint8_t kValueByte = 4;
constexpr uint8_t kPathByte = 8;
constexpr uint8_t kHostByte = 16;

constexpr bool In(std::string_view set, int c) {
  return set.find(static_cast<char>(c)) != std::string_view::npos;
}

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    bool upper = c >= 'A' && c <= 'Z';
    bool alnum = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    bool visible = c > 0x20 && c < 0x7f;
    uint8_t bits = upper ? kUpper : 0;
    if (alnum || (visible && In("!#$%&'*+-.^_`|~", c))) bits |= kTokenByte;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kValueByte;
    if (visible && c != '#') bits |= kPathByte;
    if (alnum || (visible && In("-._~%!$&'()*+,;=", c))) bits |= kHostByte;
    classes[static_cast<size_t>(c)] = bits;
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

uint8_t ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }

bool All(std::string_view text, uint8_t bit) {
  uint8_t common = bit;
  for (char c : text) common &= ClassOf(c);
  return common != 0;
}

char Lower(char c) {
  return (ClassOf(c) & kUpper) != 0 ? static_cast<char>(c + 32) : c;
}

bool IsPort(std::string_view text) {
  std::optional<uint64_t> port = ParseDecimal(text);
  return port.has_value() && *port <= 65535;
}

bool IsIpLiteral(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text) {
    bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
               (c >= 'A' && c <= 'F');
    if (!hex && c != ':' && c != '.') return false;
  }
  return true;
}

}  // namespace

bool IsToken(std::string_view text) {
  return !text.empty() && All(text, kTokenByte);
}

bool IsLowerToken(std::string_view text) {
  uint8_t seen = 0;
  for (char c : text) seen |= ClassOf(c);
  return IsToken(text) && (seen & kUpper) == 0;
}

bool IsFieldValue(std::string_view text) { return All(text, kValueByte); }

bool IsOriginForm(std::string_view text) {
  return !text.empty() && text[0] == '/' && All(text, kPathByte);
}

bool IsAuthority(std::string_view text) {
  if (text.empty()) return false;
  if (text[0] == '[') {
    size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    if (!IsIpLiteral(text.substr(1, close - 1))) return false;
    std::string_view rest = text.substr(close + 1);
    return rest.empty() || (rest[0] == ':' && IsPort(rest.substr(1)));
  }
  size_t colon = text.find(':');
  std::string_view host = text.substr(0, colon);
  if (host.empty() || !All(host, kHostByte)) return false;
  return colon == std::string_view::npos || IsPort(text.substr(colon + 1));
}

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  // 19 digits are below 10^19 < 2^64, so that the sum cannot overflow.
  if (text.empty() || text.size() > 19) return std::nullopt;
  uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

std::string_view Trim(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

void LowerInto(std::string_view text, std::string& out) {
  out.assign(text);
  for (char& c : out) c = Lower(c);
}

std::string_view NextElement(std::string_view& list) {
  size_t comma = list.find(',');
  std::string_view element = list.substr(0, comma);
  list = comma == std::string_view::npos ? std::string_view()
                                         : list.substr(comma + 1);
  return Trim(element);
}

bool IsFramingName(std::string_view name) {
  switch (name.size()) {
    case 2:
      return name == "te";
    case 4:
      return name == "host";
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 14:
      return name == "content-length" || name == "http2-settings";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

}  // namespace herald::http
