// SPDX-License-Identifier: Apache-2.0
#include "core/net/input.h"

#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <utility>

namespace herald::net {

struct Input::Descriptor {
  Descriptor(AsioLoop& owner, int number, Got callback)
      : loop(owner), io(owner.context()), fd(number), got(std::move(callback)) {
    // A copy, so that closing it leaves the original open. A regular file
    // cannot be watched, and need not be: it is always readable.
    boost::system::error_code error;
    int copy = dup(fd);
    io.assign(copy, error);
    watched = !error;
    if (error && copy >= 0) close(copy);
  }

  AsioLoop& loop;
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  const int fd;
  bool watched = false;
  bool reading = false;
  Got got;  // empty once the input is gone
  std::array<char, 64 * 1024> buffer;
};

Input::Input(AsioLoop& loop, int fd, Got got)
    : descriptor_(std::make_shared<Descriptor>(loop, fd, std::move(got))) {}

Input::~Input() {
  descriptor_->got = nullptr;
  boost::system::error_code ignored;
  descriptor_->io.close(ignored);
}

void Input::Read() {
  if (std::exchange(descriptor_->reading, true)) return;
  if (!descriptor_->watched) {
    descriptor_->loop.Post([self = descriptor_] { Take(self); });
    return;
  }
  descriptor_->io.async_wait(
      boost::asio::posix::descriptor_base::wait_read,
      [self = descriptor_](const boost::system::error_code&) { Take(self); });
}

void Input::Take(const std::shared_ptr<Descriptor>& self) {
  if (!self->got) return;
  self->reading = false;
  ssize_t size = 0;
  do {
    size = read(self->fd, self->buffer.data(), self->buffer.size());
  } while (size < 0 && errno == EINTR);
  auto got = self->got;
  got({self->buffer.data(), size > 0 ? static_cast<size_t>(size) : 0});
}

}  // namespace herald::net
