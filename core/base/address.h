// SPDX-License-Identifier: Apache-2.0
//
// A place to listen on or to send to: IP and port, or the path of a unix
// socket ("127.0.0.1:15001", "[::1]:15001", "unix:/run/herald/agents.sock").
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/shared.h"
#include "core/base/status.h"

namespace herald {

// A value, of 40 bytes: a directory holds a hundred thousand. Names are not
// resolved here: an IP literal or a path.
class Address {
 public:
  Address() = default;

  // Errors say what was expected, e.g. "port 70000 is above 65535".
  static StatusOr<Address> Parse(std::string_view text);
  static Address FromSockaddr(const sockaddr* addr, socklen_t length);

  bool is_unix() const { return ip()->sa_family == AF_UNIX; }
  const std::string& path() const;  // unix only
  uint16_t port() const;            // IP only
  bool is_loopback() const;
  bool is_any() const;  // 0.0.0.0 or [::]: all that the machine has
  Address WithPort(uint16_t port) const;

  const sockaddr* get() const;
  socklen_t length() const { return length_; }
  int family() const { return get()->sa_family; }

  std::string ToString() const;
  bool operator==(const Address& other) const;

 private:
  struct Unix {
    std::string path;
    sockaddr_un socket = {.sun_family = AF_UNIX, .sun_path = {}};
    bool operator==(const Unix& other) const { return path == other.path; }
  };
  void SetUnix(std::string path);
  const sockaddr* ip() const { return reinterpret_cast<const sockaddr*>(ip_); }

  // A sockaddr_in6, or the shorter sockaddr_in; of a unix socket the family
  // alone.
  alignas(sockaddr_in6) unsigned char ip_[sizeof(sockaddr_in6)] = {};
  socklen_t length_ = 0;
  Shared<Unix> unix_;
};

}  // namespace herald
