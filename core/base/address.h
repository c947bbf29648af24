// SPDX-License-Identifier: Apache-2.0
//
// A place to listen on or to send to: IP and port, or the path of a unix
// socket ("127.0.0.1:15001", "[::1]:15001", "unix:/run/herald/agents.sock").
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace herald {

// A value. Names are not resolved here: an IP literal or a path.
class Address {
 public:
  Address() = default;

  // Errors say what was expected, e.g. "port 70000 is above 65535".
  static StatusOr<Address> Parse(std::string_view text);
  static Address FromSockaddr(const sockaddr* addr, socklen_t length);

  bool is_unix() const { return is_unix_; }
  const std::string& path() const { return path_; }  // unix only
  uint16_t port() const;                             // IP only
  bool is_loopback() const;
  Address WithPort(uint16_t port) const;

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage_);
  }
  socklen_t length() const { return length_; }
  int family() const { return storage_.ss_family; }

  std::string ToString() const;
  bool operator==(const Address& other) const;

 private:
  sockaddr_storage storage_ = {};
  socklen_t length_ = 0;
  bool is_unix_ = false;
  std::string path_;
};

}  // namespace herald
