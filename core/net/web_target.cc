// SPDX-License-Identifier: Apache-2.0
#include "core/net/web_target.h"

#include <algorithm>
#include <charconv>

namespace herald::net {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

Status Wrong(std::string_view text, const std::string& what) {
  return InvalidArgument("'" + std::string(text) + "' " + what);
}

// The port behind `colon`, or the scheme's own.
StatusOr<uint16_t> PortOf(std::string_view rest, bool tls) {
  if (rest.empty()) return static_cast<uint16_t>(tls ? 443 : 80);
  rest.remove_prefix(1);
  unsigned port = 0;
  auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (error != std::errc() || end != rest.data() + rest.size() || port == 0 ||
      port > 65535) {
    return InvalidArgument("'" + std::string(rest) +
                           "' is not a port from 1 to 65535");
  }
  return static_cast<uint16_t>(port);
}

// `authority` is HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
Status TakeAuthority(std::string_view authority, WebTarget& target) {
  if (authority.find('@') != std::string_view::npos) {
    return InvalidArgument(
        "a URL with a user or password in it would show them in messages; "
        "give them by their own keys");
  }
  size_t end = authority.rfind(':');
  if (!authority.empty() && authority.front() == '[') {
    const size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) {
      return Wrong(target.text, "has a '[' without a ']'");
    }
    target.host = std::string(authority.substr(1, bracket - 1));
    end = bracket + 1;
    if (end < authority.size() && authority[end] != ':') {
      return Wrong(target.text, "has something else than a port after ']'");
    }
  } else {
    target.host = std::string(authority.substr(0, end));
  }
  if (target.host.empty() ||
      target.host.find_first_of("?#\\ ") != std::string::npos) {
    return Wrong(target.text, "names no host (https://HOST:PORT)");
  }
  std::string_view rest =
      end < authority.size() ? authority.substr(end) : std::string_view();
  auto port = PortOf(rest, target.tls);
  if (!port.ok())
    return Wrong(target.text, "has no port: " + Message(port.status()));
  target.port = *port;
  target.authority = std::string(authority);
  return absl::OkStatus();
}

}  // namespace

StatusOr<WebTarget> WebTarget::Parse(std::string_view text) {
  WebTarget target;
  target.text = std::string(text);
  if (text.substr(0, 5) == "unix:") {
    HERALD_ASSIGN_OR_RETURN(target.unix_socket, Address::Parse(text));
    target.authority = "localhost";
    return target;
  }
  target.tls = text.substr(0, kHttps.size()) == kHttps;
  if (!target.tls && text.substr(0, kHttp.size()) != kHttp) {
    return Wrong(text, "begins with neither https://, http:// nor unix:");
  }
  text.remove_prefix(target.tls ? kHttps.size() : kHttp.size());
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Wrong(target.text, "has a query or fragment; a path may be given");
  }
  const size_t slash = std::min(text.find('/'), text.size());
  HERALD_RETURN_IF_ERROR(TakeAuthority(text.substr(0, slash), target));
  target.base = std::string(text.substr(slash));
  while (!target.base.empty() && target.base.back() == '/') {
    target.base.pop_back();
  }
  return target;
}

}  // namespace herald::net
