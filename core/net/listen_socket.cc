// SPDX-License-Identifier: Apache-2.0
#include "core/net/listen_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "core/base/check.h"

namespace herald::net {
namespace {

// The kernel cuts it to net.core.somaxconn.
constexpr int kBacklog = 1024;

// Connections taken in one go, so that a flood cannot starve those it already
// brought.
constexpr int kAcceptsPerTurn = 64;

std::string Why(int error) { return std::strerror(error); }

std::string Advice(const std::string& setting) {
  return "; stop what listens there or change " + setting;
}

// True when somebody listens on the unix socket.
bool Answers(const Address& address) {
  UniqueFd probe(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return connect(probe.get(), address.get(), address.length()) == 0 ||
         errno != ECONNREFUSED;
}

// Clears the path of a socket file that a dead process left.
Status MakeRoom(const Address& address, const std::string& setting) {
  const std::string& path = address.path();
  struct stat found = {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return Unavailable(path + ": " + Why(errno));
  }
  if (S_ISLNK(found.st_mode)) {
    return InvalidArgument(path +
                           " is a symbolic link; name the socket itself");
  }
  if (!S_ISSOCK(found.st_mode)) {
    return InvalidArgument(path + " is there already and is not a socket");
  }
  if (Answers(address)) {
    return Unavailable(address.ToString() + " is in use" + Advice(setting));
  }
  if (unlink(path.c_str()) != 0) {
    return Unavailable("cannot remove the stale socket " + path + ": " +
                       Why(errno));
  }
  return absl::OkStatus();
}

Status BindError(const Address& address, const std::string& setting,
                 int error) {
  std::string name = address.ToString();
  if (error == EADDRINUSE) {
    return Unavailable(name + " is in use" + Advice(setting));
  }
  if (error == EADDRNOTAVAIL) {
    return Unavailable(name +
                       ": no interface of this machine has that "
                       "address; change " +
                       setting);
  }
  if (error == EACCES && !address.is_unix() && address.port() < 1024) {
    return Unavailable(name +
                       ": ports below 1024 need CAP_NET_BIND_SERVICE; "
                       "change " +
                       setting);
  }
  return Unavailable("cannot listen on " + name + ": " + Why(error));
}

Address LocalOf(int fd, const Address& asked) {
  if (asked.is_unix()) return asked;
  sockaddr_storage storage = {};
  socklen_t length = sizeof storage;
  auto* plain = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, plain, &length) != 0) return asked;
  return Address::FromSockaddr(plain, length);
}

}  // namespace

Status CheckSocketFolder(const std::string& path) {
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "."
                       : slash == 0               ? "/"
                                                  : path.substr(0, slash);
  struct stat found = {};
  if (stat(folder.c_str(), &found) != 0) {
    return Unavailable("the folder " + folder + ": " + Why(errno));
  }
  if (!S_ISDIR(found.st_mode)) {
    return InvalidArgument(folder + " is not a folder");
  }
  if ((found.st_mode & S_IWOTH) != 0) {
    return InvalidArgument("the folder " + folder +
                           " is writable by others, who could put a socket of "
                           "their own there; use a folder of your own");
  }
  if (found.st_uid != geteuid() && found.st_uid != 0) {
    return InvalidArgument("the folder " + folder +
                           " belongs to another user; use one of your own");
  }
  return absl::OkStatus();
}

struct ListenSocket::Descriptor {
  Descriptor(AsioLoop& owner, UniqueFd fd) : loop(owner), io(owner.context()) {
    boost::system::error_code error;
    io.assign(fd.get(), error);
    HERALD_CHECK(!error, "a listener is among the first descriptors watched");
    fd.Release();
  }

  AsioLoop& loop;
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  ListenEvents* events = nullptr;
  bool closed = false;
  bool paused = false;
  bool waiting = false;
  TimerId rest = 0;
};

StatusOr<std::unique_ptr<ListenSocket>> ListenSocket::Open(
    AsioLoop& loop, const Address& address, const std::string& setting,
    SocketAccess access) {
  UniqueFd fd(
      socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) {
    return Unavailable("cannot make a socket for " + address.ToString() + ": " +
                       Why(errno));
  }
  if (address.is_unix()) {
    const bool open = access == SocketAccess::kEverybody;
    if (!open) HERALD_RETURN_IF_ERROR(CheckSocketFolder(address.path()));
    HERALD_RETURN_IF_ERROR(MakeRoom(address, setting));
    // Before bind: Linux gives the file the mode the socket has by then, so
    // there is no instant at which others may connect.
    fchmod(fd.get(), open ? 0666 : S_IRUSR | S_IWUSR);
  } else {
    int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.family() == AF_INET6) {
      setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
  }
  if (bind(fd.get(), address.get(), address.length()) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    return BindError(address, setting, errno);
  }
  if (address.is_unix() && access == SocketAccess::kEverybody) {
    // bind took the umask off.
    chmod(address.path().c_str(), 0666);
  }
  Address local = LocalOf(fd.get(), address);
  return std::unique_ptr<ListenSocket>(
      new ListenSocket(loop, std::move(fd), std::move(local)));
}

ListenSocket::ListenSocket(AsioLoop& loop, UniqueFd fd, Address local)
    : loop_(loop),
      local_(std::move(local)),
      descriptor_(std::make_shared<Descriptor>(loop, std::move(fd))) {
  struct stat found = {};
  if (local_.is_unix() && lstat(local_.path().c_str(), &found) == 0) {
    inode_ = found.st_ino;
  }
}

ListenSocket::~ListenSocket() {
  descriptor_->closed = true;
  loop_.Cancel(descriptor_->rest);
  boost::system::error_code ignored;
  descriptor_->io.close(ignored);
  struct stat found = {};
  // Only our own file: a successor may have put its socket there already.
  if (local_.is_unix() && lstat(local_.path().c_str(), &found) == 0 &&
      found.st_ino == inode_) {
    unlink(local_.path().c_str());
  }
}

void ListenSocket::Start(ListenEvents* events) {
  descriptor_->events = events;
  Await(descriptor_);
}

void ListenSocket::Pause() { descriptor_->paused = true; }

void ListenSocket::Resume() {
  if (!descriptor_->paused) return;
  descriptor_->paused = false;
  Await(descriptor_);
}

void ListenSocket::Await(const std::shared_ptr<Descriptor>& self) {
  if (self->closed || self->paused || self->waiting || self->rest != 0) return;
  self->waiting = true;
  self->io.async_wait(boost::asio::posix::descriptor_base::wait_read,
                      [self](const boost::system::error_code& error) {
                        self->waiting = false;
                        if (!error) AcceptAll(self);
                      });
}

void ListenSocket::AcceptAll(const std::shared_ptr<Descriptor>& self) {
  for (int i = 0; i < kAcceptsPerTurn && !self->closed && !self->paused; ++i) {
    sockaddr_storage from = {};
    socklen_t length = sizeof from;
    auto* plain = reinterpret_cast<sockaddr*>(&from);
    UniqueFd fd(accept4(self->io.native_handle(), plain, &length,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      self->events->OnAccepted(std::move(fd),
                               Address::FromSockaddr(plain, length));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    // What died in the queue, or a signal: the next one may be fine.
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
        errno != ENOMEM) {
      continue;
    }
    self->rest = self->loop.RunAt(self->loop.Now() + kRest, [self] {
      self->rest = 0;
      Await(self);
    });
    self->events->OnExhausted(Why(errno));
    return;
  }
  Await(self);
}

}  // namespace herald::net
