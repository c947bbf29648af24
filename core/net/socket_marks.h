// SPDX-License-Identifier: Apache-2.0
//
// How what a socket sends leaves this machine, beyond its address.
#pragma once

#include <cstdint>
#include <string>

namespace herald::net {

struct SocketMarks {
  std::string interface;  // "eth1"; empty: as the routes say
  uint8_t dscp = 0;       // 0..63, RFC 2474
};

// The DSCP stands above the two bits of ECN.
inline constexpr int kDscpShift = 2;

// 0, or why the interface cannot be had (errno). A DSCP that the system does
// not take is left out.
int SetMarks(int fd, int family, const SocketMarks& marks);

}  // namespace herald::net
