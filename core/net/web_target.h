// SPDX-License-Identifier: Apache-2.0
//
// Where a server of the web is: "https://10.0.0.1:6443/base",
// "http://etcd.example:2379", "unix:/run/spire/agent.sock".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/address.h"
#include "core/base/status.h"

namespace herald::net {

// A value.
struct WebTarget {
  // Errors say what was expected and quote the text.
  static StatusOr<WebTarget> Parse(std::string_view text);

  std::string text;  // as it was written; errors begin with it
  bool tls = false;
  std::string host;  // a name or an IP address without brackets
  uint16_t port = 0;
  std::string authority;               // what requests say they are for
  std::string base;                    // goes before each path; "" or "/base"
  std::optional<Address> unix_socket;  // in place of host and port; no TLS
};

}  // namespace herald::net
