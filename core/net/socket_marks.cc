// SPDX-License-Identifier: Apache-2.0
#include "core/net/socket_marks.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace herald::net {

int SetMarks(int fd, int family, const SocketMarks& marks) {
  if (marks.dscp != 0) {
    const int value = marks.dscp << kDscpShift;
    setsockopt(fd, IPPROTO_IP, IP_TOS, &value, sizeof value);
    if (family == AF_INET6) {
      setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
    }
  }
  if (marks.interface.empty()) return 0;
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, marks.interface.data(),
                    static_cast<socklen_t>(marks.interface.size())) == 0
             ? 0
             : errno;
}

}  // namespace herald::net
