// SPDX-License-Identifier: Apache-2.0
#include "core/net/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "core/net/fd.h"

namespace herald::net {
namespace {

constexpr int kTries = 200;

bool IsFree(int type, uint16_t port) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  int one = 1;
  // A port in TIME_WAIT is free enough to listen on.
  if (type == SOCK_STREAM) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  }
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof address) == 0;
}

StatusOr<uint16_t> Find(int type, uint16_t from) {
  for (int port = from; port < from + kTries && port < 65536; ++port) {
    if (IsFree(type, static_cast<uint16_t>(port))) {
      return static_cast<uint16_t>(port);
    }
  }
  return Unavailable("no port of 127.0.0.1 from " + std::to_string(from) +
                     " on is free");
}

}  // namespace

StatusOr<uint16_t> FreeTcpPort(uint16_t from) {
  return Find(SOCK_STREAM, from);
}
StatusOr<uint16_t> FreeUdpPort(uint16_t from) { return Find(SOCK_DGRAM, from); }

}  // namespace herald::net
