// SPDX-License-Identifier: Apache-2.0
#include "core/net/stream_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>

namespace herald::net {
namespace {

// One read. Fits a pipe of the kernel's and amortizes the system call; pages
// of it that no read touches cost no memory.
constexpr size_t kReadBytes = 64 * 1024;

using ErrorCode = boost::system::error_code;

}  // namespace

// Asio's side of the socket. `owner` is null once the socket is gone; handlers
// that come later do nothing.
struct StreamSocket::Descriptor {
  Descriptor(AsioLoop& loop, UniqueFd fd, SocketEvents* sink)
      : io(loop.context()), events(sink), buffer(new char[kReadBytes]) {
    // Fails when the system has no watch to give. Then everything on the
    // empty descriptor fails too, and the first Read says so.
    ErrorCode error;
    io.assign(fd.get(), error);
    if (!error) fd.Release();
  }

  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  SocketEvents* events;
  std::unique_ptr<char[]> buffer;
  bool reading = false;
  bool awaiting_writable = false;
};

StreamSocket::StreamSocket(AsioLoop& loop, UniqueFd fd, SocketEvents* events) {
  // Small answers must not wait for acknowledgements of earlier ones. Fails
  // on a unix socket, which needs nothing of the kind.
  int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  descriptor_ = std::make_shared<Descriptor>(loop, std::move(fd), events);
}

StreamSocket::~StreamSocket() {
  descriptor_->events = nullptr;
  ErrorCode ignored;
  descriptor_->io.close(ignored);
}

void StreamSocket::SetEvents(SocketEvents* events) {
  descriptor_->events = events;
}

void StreamSocket::Read() {
  if (descriptor_->reading) return;
  descriptor_->reading = true;
  descriptor_->io.async_read_some(
      boost::asio::buffer(descriptor_->buffer.get(), kReadBytes),
      [self = descriptor_](const ErrorCode& error, size_t size) {
        self->reading = false;
        if (self->events == nullptr) return;
        if (error == boost::asio::error::eof) {
          self->events->OnEof();
        } else if (error) {
          self->events->OnBroken(error.message());
        } else {
          self->events->OnBytes({self->buffer.get(), size});
        }
      });
}

std::optional<size_t> StreamSocket::Write(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size()) {
    ssize_t n = send(descriptor_->io.native_handle(), bytes.data() + taken,
                     bytes.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      taken += static_cast<size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      AwaitWritable();
      break;
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
  return taken;
}

void StreamSocket::AwaitWritable() {
  if (descriptor_->awaiting_writable) return;
  descriptor_->awaiting_writable = true;
  descriptor_->io.async_wait(boost::asio::posix::descriptor_base::wait_write,
                             [self = descriptor_](const ErrorCode&) {
                               self->awaiting_writable = false;
                               if (self->events != nullptr)
                                 self->events->OnWritable();
                             });
}

void StreamSocket::AcknowledgeNow() {
  int on = 1;
  setsockopt(descriptor_->io.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on,
             sizeof on);
}

void StreamSocket::ShutdownWrite() {
  shutdown(descriptor_->io.native_handle(), SHUT_WR);
}

bool StreamSocket::Quiet() const {
  char byte;
  return recv(descriptor_->io.native_handle(), &byte, 1,
              MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::optional<SocketCredentials> StreamSocket::peer_credentials() const {
  ucred found = {};
  socklen_t size = sizeof found;
  int fd = descriptor_->io.native_handle();
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0 ||
      found.pid == 0) {
    return std::nullopt;
  }
  return SocketCredentials{found.pid, found.uid, found.gid};
}

}  // namespace herald::net
