// SPDX-License-Identifier: Apache-2.0
#include "core/net/alarm.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "core/base/check.h"

namespace herald::net {

// The context's own executor type, not Asio's type-erased one.
class Alarm::Descriptor : public boost::asio::posix::basic_stream_descriptor<
                              boost::asio::io_context::executor_type> {
 public:
  using basic_stream_descriptor::basic_stream_descriptor;
};

Alarm::Alarm(boost::asio::io_context& context) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  HERALD_CHECK(fd >= 0, "the loop cannot live without its timer");
  descriptor_ = std::make_unique<Descriptor>(context, fd);
  Await();
}

Alarm::~Alarm() = default;

void Alarm::SetBy(Time when) {
  if (when >= set_) return;
  set_ = when;
  // Zero would switch the timerfd off; the past rings at once.
  auto nanos = std::max<int64_t>(when.time_since_epoch().count(), 1);
  itimerspec spec = {};
  spec.it_value.tv_sec = nanos / 1'000'000'000;
  spec.it_value.tv_nsec = nanos % 1'000'000'000;
  int result = timerfd_settime(descriptor_->native_handle(), TFD_TIMER_ABSTIME,
                               &spec, nullptr);
  HERALD_CHECK(result == 0, "an absolute time above zero is always valid");
}

void Alarm::Await() {
  descriptor_->async_read_some(
      boost::asio::buffer(expirations_),
      [this](const boost::system::error_code& error, size_t) {
        if (error == boost::asio::error::operation_aborted) return;
        set_ = kNever;
        Await();
      });
}

}  // namespace herald::net
