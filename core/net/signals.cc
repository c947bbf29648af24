// SPDX-License-Identifier: Apache-2.0
#include "core/net/signals.h"

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>

#include "core/base/check.h"

namespace herald::net {

struct Signals::Set {
  explicit Set(AsioLoop& loop) : signals(loop.context()) {}

  boost::asio::basic_signal_set<boost::asio::io_context::executor_type> signals;
  std::function<void()> drain;
  std::function<void()> end;
  bool draining = false;
};

Signals::Signals(AsioLoop& loop, std::function<void()> drain,
                 std::function<void()> end)
    : set_(std::make_shared<Set>(loop)) {
  std::signal(SIGPIPE, SIG_IGN);
  // A file that may grow no further is an error of write(2), not our end.
  std::signal(SIGXFSZ, SIG_IGN);
  set_->drain = std::move(drain);
  set_->end = std::move(end);
  boost::system::error_code error;
  set_->signals.add(SIGTERM, error);
  if (!error) set_->signals.add(SIGINT, error);
  HERALD_CHECK(!error, "both signals may be caught");
  Await(set_);
}

Signals::~Signals() {
  set_->drain = nullptr;
  set_->end = nullptr;
  boost::system::error_code ignored;
  set_->signals.cancel(ignored);
}

void Signals::Await(const std::shared_ptr<Set>& set) {
  set->signals.async_wait([set](const boost::system::error_code& error, int) {
    if (error || !set->drain) return;
    Await(set);
    if (std::exchange(set->draining, true)) {
      set->end();
    } else {
      set->drain();
    }
  });
}

}  // namespace herald::net
