// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "sdk/src/wire.h"

namespace herald::sdk {
namespace {

constexpr const char* kDefaultSocket = "/run/herald/agents.sock";
constexpr const char* kDefaultAddress = "127.0.0.1:15001";
constexpr int kBacklog = 128;

Status Failed(const std::string& what, const Address& address) {
  return Unavailable("cannot " + what + " " + address.ToString() + ": " +
                     std::strerror(errno));
}

// Waits for a connection under way. False: errno says why.
bool AwaitConnected(int fd, Time deadline) {
  int timeout = -1;
  if (deadline != kNever) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Now());
    timeout = static_cast<int>(
        std::clamp<int64_t>(left.count(), 0, int64_t{INT_MAX}));
  }
  pollfd item = {fd, POLLOUT, 0};
  if (poll(&item, 1, timeout) <= 0) {
    errno = ETIMEDOUT;
    return false;
  }
  socklen_t size = sizeof errno;
  int error = 0;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  return error == 0;
}

// A unix socket whose queue is full answers EAGAIN to a non-blocking connect
// and offers nothing to wait for; a blocking one waits, for at most the send
// timeout (unix(7)).
void WaitInConnect(int fd, Time deadline) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  if (deadline == kNever) return;
  auto left = std::chrono::ceil<std::chrono::microseconds>(deadline - Now());
  int64_t us = std::max<int64_t>(left.count(), 1);  // 0 would be for ever
  timeval timeout = {us / 1'000'000, us % 1'000'000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

// True if somebody answers at a unix path; then it is not ours to replace.
bool SomebodyListens(const Address& address) {
  StatusOr<int> fd = Dial(address, After(100));
  if (fd.ok()) close(*fd);
  return fd.ok();
}

}  // namespace

StatusOr<Address> ParsePlace(std::string_view text) {
  bool is_path =
      text.find('/') != std::string_view::npos && text.substr(0, 5) != "unix:";
  return Address::Parse(is_path ? "unix:" + std::string(text)
                                : std::string(text));
}

StatusOr<Address> FindSidecar(const std::string& configured) {
  if (!configured.empty()) return ParsePlace(configured);
  const char* environment = std::getenv("HERALD_SOCKET");
  if (environment != nullptr && *environment != '\0') {
    StatusOr<Address> found = ParsePlace(environment);
    if (found.ok()) return found;
    return InvalidArgument("HERALD_SOCKET: " + Message(found.status()));
  }
  struct stat info;
  if (stat(kDefaultSocket, &info) == 0 && S_ISSOCK(info.st_mode)) {
    return ParsePlace(kDefaultSocket);
  }
  return ParsePlace(kDefaultAddress);
}

StatusOr<int> Dial(const Address& address, Time deadline) {
  int fd =
      socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("make a socket for", address);
  int on = 1;
  if (address.is_unix()) {
    WaitInConnect(fd, deadline);
  } else {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  bool connected = connect(fd, address.get(), address.length()) == 0 ||
                   (errno == EINPROGRESS && AwaitConnected(fd, deadline));
  if (connected) return fd;
  Status status = Failed("connect to", address);
  close(fd);
  return status;
}

StatusOr<int> Listen(const Address& address) {
  if (address.is_unix()) {
    struct stat info;
    bool exists = stat(address.path().c_str(), &info) == 0;
    if (exists && S_ISSOCK(info.st_mode) && !SomebodyListens(address)) {
      unlink(address.path().c_str());
    }
  }
  int fd =
      socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("make a socket for", address);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Mode before bind: there is no instant at which others may connect.
  if (address.is_unix()) fchmod(fd, 0600);
  if (bind(fd, address.get(), address.length()) != 0 ||
      listen(fd, kBacklog) != 0) {
    Status status = Failed("listen on", address);
    close(fd);
    return status;
  }
  return fd;
}

Address LocalAddress(int fd) {
  sockaddr_storage storage = {};
  socklen_t length = sizeof storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
  return Address::FromSockaddr(reinterpret_cast<const sockaddr*>(&storage),
                               length);
}

}  // namespace herald::sdk
