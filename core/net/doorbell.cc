// SPDX-License-Identifier: Apache-2.0
#include "core/net/doorbell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <utility>

#include "core/base/check.h"

namespace herald::net {

struct Doorbell::Descriptor {
  Descriptor(AsioLoop& loop, int event, std::function<void()> callback)
      : fd(event), io(loop.context(), event), look(std::move(callback)) {}

  const int fd;  // the one member that another thread reads
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  std::function<void()> look;       // empty once the bell is gone
  std::array<char, 16> rings = {};  // 8 are read; see alarm.cc
};

Doorbell::Doorbell(AsioLoop& loop, std::function<void()> look) {
  int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  HERALD_CHECK(fd >= 0, "the loop cannot be reached without its doorbell");
  descriptor_ = std::make_shared<Descriptor>(loop, fd, std::move(look));
  Await(descriptor_);
}

Doorbell::~Doorbell() {
  descriptor_->look = nullptr;
  boost::system::error_code ignored;
  descriptor_->io.close(ignored);
}

void Doorbell::Ring() {
  const uint64_t one = 1;
  // Fails only where 2^64 rings were not heard, which is as good as one.
  [[maybe_unused]] ssize_t written = write(descriptor_->fd, &one, sizeof one);
}

void Doorbell::Await(const std::shared_ptr<Descriptor>& self) {
  self->io.async_read_some(
      boost::asio::buffer(self->rings),
      [self](const boost::system::error_code& error, size_t) {
        if (error || !self->look) return;
        Await(self);
        // A copy: `look` may destroy the bell, and with it itself.
        auto look = self->look;
        look();
      });
}

}  // namespace herald::net
