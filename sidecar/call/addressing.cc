// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/addressing.h"

#include <algorithm>

namespace herald::call {
namespace {

constexpr std::string_view kPathPrefix = "/agents/";
constexpr std::string_view kDomain = ".herald";

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

// `*` matches any run, '/' included.
bool MatchesGlob(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// "summarizer.herald:80" -> "summarizer".
std::optional<std::string> FromAuthority(std::string_view authority) {
  std::string_view host = authority.substr(0, authority.find(':'));
  // A host's name is written in any case; an agent's only as it is.
  auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
  };
  if (host.size() <= kDomain.size() ||
      !std::equal(host.end() - kDomain.size(), host.end(), kDomain.begin(),
                  same)) {
    return std::nullopt;
  }
  return std::string(host.substr(0, host.size() - kDomain.size()));
}

// "/agents/summarizer/x?y" -> "summarizer", and the path becomes "/x?y".
std::optional<std::string> TakeFromPath(std::string& path) {
  if (path.compare(0, kPathPrefix.size(), kPathPrefix) != 0) {
    return std::nullopt;
  }
  size_t end =
      std::min(path.find_first_of("/?", kPathPrefix.size()), path.size());
  std::string name = path.substr(kPathPrefix.size(), end - kPathPrefix.size());
  if (name.empty()) return std::nullopt;
  std::string rest = path.substr(end);
  path = rest.empty() || rest[0] == '?' ? "/" + rest : rest;
  return name;
}

}  // namespace

bool IsAgentName(std::string_view text) {
  auto ok = [](char c) {
    return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 63 && IsAlphanumeric(text[0]) &&
         std::all_of(text.begin(), text.end(), ok);
}

std::optional<std::string> AddressedAgent(
    const std::optional<std::string>& listener_agent,
    const std::optional<std::string>& header_agent, http::RequestHead& head) {
  if (listener_agent) return listener_agent;
  if (header_agent) return header_agent;
  if (auto name = TakeFromPath(head.path)) return name;
  return FromAuthority(head.authority);
}

bool MatchesIdempotent(std::string_view pattern, std::string_view method,
                       std::string_view path) {
  size_t space = pattern.find(' ');
  if (space == std::string_view::npos) return false;
  std::string_view wanted = pattern.substr(0, space);
  return (wanted == "*" || wanted == method) &&
         MatchesGlob(pattern.substr(space + 1), path.substr(0, path.find('?')));
}

bool IsSafeMethod(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" ||
         method == "TRACE";
}

}  // namespace herald::call
