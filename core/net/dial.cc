// SPDX-License-Identifier: Apache-2.0
#include "core/net/dial.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace herald::net {

// `done` is empty once the attempt is over or given up; whatever Asio or the
// timer still brings then does nothing.
struct Dial::Attempt {
  Attempt(AsioLoop& owner, const Address& address, DialFrom leave)
      : loop(owner), to(address), from(std::move(leave)), io(owner.context()) {}

  AsioLoop& loop;
  Address to;
  DialFrom from;
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  TimerId timer = 0;
  Done done;
};

// 0 when connected already, EINPROGRESS, or why not.
int Dial::Begin(Attempt& attempt) {
  const Address& to = attempt.to;
  UniqueFd fd(
      socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno;
  const DialFrom& from = attempt.from;
  if (int error = SetMarks(fd.get(), to.family(), from.marks)) return error;
  if (from.source &&
      bind(fd.get(), from.source->get(), from.source->length()) != 0) {
    return errno;
  }
  int error = connect(fd.get(), to.get(), to.length()) == 0 ? 0 : errno;
  boost::system::error_code assigned;
  attempt.io.assign(fd.get(), assigned);
  if (assigned) return assigned.value();
  fd.Release();
  return error;
}

Dial::Dial(AsioLoop& loop, const Address& to, Duration patience, Done done,
           DialFrom from)
    : loop_(loop),
      attempt_(std::make_shared<Attempt>(loop, to, std::move(from))) {
  attempt_->done = std::move(done);
  int error = Begin(*attempt_);
  if (error != EINPROGRESS) {
    // A unix listener whose queue is full says EAGAIN: nothing to wait for.
    loop.Post([attempt = attempt_, error] { Finish(attempt, error); });
    return;
  }
  attempt_->timer = loop.RunAt(loop.Now() + patience, [attempt = attempt_] {
    Finish(attempt, ETIMEDOUT);
  });
  attempt_->io.async_wait(
      boost::asio::posix::descriptor_base::wait_write,
      [attempt = attempt_](const boost::system::error_code&) {
        if (!attempt->done) return;
        int outcome = 0;
        socklen_t size = sizeof outcome;
        getsockopt(attempt->io.native_handle(), SOL_SOCKET, SO_ERROR, &outcome,
                   &size);
        Finish(attempt, outcome);
      });
}

Dial::~Dial() {
  attempt_->done = nullptr;
  loop_.Cancel(attempt_->timer);
  boost::system::error_code ignored;
  attempt_->io.close(ignored);
}

void Dial::Finish(const std::shared_ptr<Attempt>& attempt, int error) {
  if (!attempt->done) return;
  attempt->loop.Cancel(attempt->timer);
  Done done = std::exchange(attempt->done, nullptr);
  if (error != 0) {
    const DialFrom& from = attempt->from;
    std::string where = attempt->to.ToString();
    if (from.source) where += " from " + from.source->ToString();
    if (!from.marks.interface.empty()) where += " by " + from.marks.interface;
    done(Unavailable("cannot connect to " + where + ": " +
                     std::strerror(error)));
    return;
  }
  done(UniqueFd(attempt->io.release()));
}

}  // namespace herald::net
