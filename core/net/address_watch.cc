// SPDX-License-Identifier: Apache-2.0
#include "core/net/address_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/net/fd.h"

namespace herald::net {
namespace {

constexpr uint32_t kChanges = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                              RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

}  // namespace

struct AddressWatch::Descriptor {
  Descriptor(AsioLoop& owner, std::function<void()> callback)
      : loop(owner), io(owner.context()), changed(std::move(callback)) {}

  AsioLoop& loop;
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  std::function<void()> changed;  // empty once the watch is gone
  TimerId settling = 0;
  std::array<char, 8192> buffer;
};

StatusOr<std::unique_ptr<AddressWatch>> AddressWatch::Open(
    AsioLoop& loop, std::function<void()> changed) {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                     NETLINK_ROUTE));
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kChanges;
  if (!fd.valid() || bind(fd.get(), reinterpret_cast<sockaddr*>(&address),
                          sizeof address) != 0) {
    return Unavailable(std::string("cannot watch this machine's addresses: ") +
                       std::strerror(errno));
  }
  auto descriptor = std::make_shared<Descriptor>(loop, std::move(changed));
  boost::system::error_code error;
  descriptor->io.assign(fd.get(), error);
  if (error) {
    return Unavailable("cannot watch this machine's addresses: " +
                       error.message());
  }
  fd.Release();
  Await(descriptor);
  return std::unique_ptr<AddressWatch>(new AddressWatch(std::move(descriptor)));
}

AddressWatch::~AddressWatch() {
  descriptor_->changed = nullptr;
  descriptor_->loop.Cancel(descriptor_->settling);
  boost::system::error_code ignored;
  descriptor_->io.close(ignored);
}

// What a message says is not read: whoever is told looks for himself. So one
// that was lost for want of room (ENOBUFS) is as good as any.
void AddressWatch::Await(const std::shared_ptr<Descriptor>& self) {
  self->io.async_read_some(
      boost::asio::buffer(self->buffer),
      [self](const boost::system::error_code& error, size_t) {
        if (!self->changed) return;
        if (error && error.value() != ENOBUFS) return;
        Settle(self);
        Await(self);
      });
}

void AddressWatch::Settle(const std::shared_ptr<Descriptor>& self) {
  if (self->settling != 0) return;
  self->settling = self->loop.RunAt(self->loop.Now() + kSettle, [self] {
    self->settling = 0;
    auto copy = self->changed;  // which may destroy the watch
    if (copy) copy();
  });
}

std::optional<Address> SourceTowards(const Address& to) {
  UniqueFd fd(socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid() || connect(fd.get(), to.get(), to.length()) != 0) {
    return std::nullopt;
  }
  sockaddr_storage bound = {};
  socklen_t size = sizeof bound;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return std::nullopt;
  }
  return Address::FromSockaddr(reinterpret_cast<sockaddr*>(&bound), size)
      .WithPort(0);
}

}  // namespace herald::net
