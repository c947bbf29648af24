// SPDX-License-Identifier: Apache-2.0
#include "core/base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <utility>

namespace herald {
namespace {

StatusOr<uint16_t> ParsePort(std::string_view text) {
  unsigned value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("'" + std::string(text) + "' is not a port");
  }
  if (value > 65535) {
    return InvalidArgument("port " + std::string(text) + " is above 65535");
  }
  return static_cast<uint16_t>(value);
}

}  // namespace

void Address::SetUnix(std::string path) {
  reinterpret_cast<sockaddr*>(ip_)->sa_family = AF_UNIX;
  Unix& made = unix_.Edit();
  std::memcpy(made.socket.sun_path, path.data(),
              std::min(path.size(), sizeof made.socket.sun_path));
  made.path = std::move(path);
}

const std::string& Address::path() const { return unix_->path; }

const sockaddr* Address::get() const {
  return is_unix() ? reinterpret_cast<const sockaddr*>(&unix_->socket) : ip();
}

StatusOr<Address> Address::Parse(std::string_view text) {
  Address out;
  if (text.substr(0, 5) == "unix:") {
    std::string path(text.substr(5));
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
      return InvalidArgument("a unix socket path has 1 to 107 characters");
    }
    out.SetUnix(std::move(path));
    out.length_ = sizeof(sockaddr_un);
    return out;
  }
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return InvalidArgument("'" + std::string(text) +
                           "' is not HOST:PORT or unix:PATH");
  }
  HERALD_ASSIGN_OR_RETURN(uint16_t port, ParsePort(text.substr(colon + 1)));
  std::string host(text.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(out.ip_);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    out.length_ = sizeof *in6;
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(),
                  &in6->sin6_addr) == 1) {
      return out;
    }
  } else {
    auto* in = reinterpret_cast<sockaddr_in*>(out.ip_);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    out.length_ = sizeof *in;
    if (host == "localhost") host = "127.0.0.1";
    if (inet_pton(AF_INET, host.c_str(), &in->sin_addr) == 1) return out;
  }
  return InvalidArgument("'" + host + "' is not an IP address");
}

Address Address::FromSockaddr(const sockaddr* addr, socklen_t length) {
  Address out;
  constexpr size_t kFamily = offsetof(sockaddr_un, sun_path);
  if (length >= sizeof(sa_family_t) && addr->sa_family == AF_UNIX) {
    const size_t size = std::min<size_t>(length, sizeof(sockaddr_un));
    const char* path = reinterpret_cast<const sockaddr_un*>(addr)->sun_path;
    const size_t room = size > kFamily ? size - kFamily : 0;
    out.SetUnix(std::string(path, strnlen(path, room)));
    out.length_ = static_cast<socklen_t>(size);
    return out;
  }
  const size_t size = std::min<size_t>(length, sizeof out.ip_);
  std::memcpy(out.ip_, addr, size);
  out.length_ = static_cast<socklen_t>(size);
  return out;
}

uint16_t Address::port() const {
  if (family() == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(ip_)->sin_port);
  }
  if (family() == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(ip_)->sin6_port);
  }
  return 0;
}

bool Address::is_loopback() const {
  if (family() == AF_INET) {
    auto* in = reinterpret_cast<const sockaddr_in*>(ip_);
    return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
  }
  if (family() == AF_INET6) {
    auto* in6 = reinterpret_cast<const sockaddr_in6*>(ip_);
    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
  }
  return is_unix();
}

bool Address::is_any() const {
  if (family() == AF_INET) {
    return reinterpret_cast<const sockaddr_in*>(ip_)->sin_addr.s_addr == 0;
  }
  if (family() == AF_INET6) {
    return IN6_IS_ADDR_UNSPECIFIED(
        &reinterpret_cast<const sockaddr_in6*>(ip_)->sin6_addr);
  }
  return false;
}

Address Address::WithPort(uint16_t port) const {
  Address out = *this;
  if (family() == AF_INET) {
    reinterpret_cast<sockaddr_in*>(out.ip_)->sin_port = htons(port);
  } else if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(out.ip_)->sin6_port = htons(port);
  }
  return out;
}

std::string Address::ToString() const {
  if (is_unix()) return "unix:" + unix_->path;
  char host[INET6_ADDRSTRLEN] = "?";
  if (family() == AF_INET) {
    auto* in = reinterpret_cast<const sockaddr_in*>(ip_);
    inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(port());
  }
  if (family() == AF_INET6) {
    auto* in6 = reinterpret_cast<const sockaddr_in6*>(ip_);
    inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(port());
  }
  return "none";
}

bool Address::operator==(const Address& other) const {
  return length_ == other.length_ &&
         std::memcmp(get(), other.get(), length_) == 0;
}

}  // namespace herald
