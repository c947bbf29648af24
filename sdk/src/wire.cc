// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>

namespace herald::sdk {

Time Now() {
  return Time(std::chrono::duration_cast<Duration>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

Time After(int64_t ms) {
  return ms < 0 ? kNever : Now() + std::chrono::milliseconds(ms);
}

Wire::Wire(int fd) : fd_(fd) {
  fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

Wire::~Wire() { close(fd_); }

void Wire::Shutdown() { shutdown(fd_, SHUT_RDWR); }

bool Wire::HasInput() const {
  pollfd item = {fd_, POLLIN | POLLRDHUP, 0};
  return poll(&item, 1, 0) != 0;
}

// True if bytes left.
bool Wire::Flush(http::Codec& codec) {
  bool moved = false;
  while (!codec.Output().empty()) {
    std::string_view bytes = codec.Output();
    if (write_broken_) {
      // Nobody reads any more. What the other end said before is still to be
      // read, so the codec goes on as if these had left.
      codec.Wrote(bytes.size());
      continue;
    }
    ssize_t n =
        send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      codec.Wrote(static_cast<size_t>(n));
      bytes_sent_ += static_cast<uint64_t>(n);
      moved = true;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      write_broken_ = true;
    }
  }
  return moved;
}

// True if the codec learnt something.
bool Wire::Receive(http::Codec& codec) {
  char buffer[16 * 1024];
  bool moved = false;
  while (!eof_ && codec.WantsInput()) {
    ssize_t n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) {
      codec.Feed({buffer, static_cast<size_t>(n)}, Now());
      moved = true;
      if (static_cast<size_t>(n) < sizeof buffer) break;
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      break;
    } else {
      eof_ = true;
      codec.OnEof(Now());
      moved = true;
    }
  }
  return moved;
}

int Wire::Wait(short events, Time until) const {
  int timeout = -1;
  if (until != kNever) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Now());
    timeout = static_cast<int>(
        std::clamp<int64_t>(left.count(), 0, int64_t{INT_MAX}));
  }
  pollfd item = {fd_, events, 0};
  if (poll(&item, 1, timeout) <= 0) return 0;
  return item.revents;
}

Wire::Result Wire::Turn(http::Codec& codec, Time until,
                        const uint64_t& events) {
  uint64_t events_before = events;
  bool moved = Flush(codec);
  if (codec.NextDeadline() <= Now()) {
    codec.OnDeadline(Now());
    moved = true;
  }
  moved |= Receive(codec);
  moved |= Flush(codec);
  if (moved || events != events_before) return Result::kMoved;
  if (eof_ && codec.Output().empty()) return Result::kClosed;

  short wanted = 0;
  if (!eof_) wanted |= POLLRDHUP;
  if (!eof_ && codec.WantsInput()) wanted |= POLLIN;
  if (!codec.Output().empty()) wanted |= POLLOUT;
  Time wake = std::min(until, codec.NextDeadline());
  int ready = Wait(wanted, wake);
  if (ready == 0) {
    return Now() >= until ? Result::kTimeout : Result::kMoved;
  }
  bool hung_up = (ready & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  if (hung_up && (ready & (POLLIN | POLLOUT)) == 0) {
    // The window is full, so the end cannot be read; it has come all the same.
    eof_ = true;
    codec.OnEof(Now());
  }
  Receive(codec);
  Flush(codec);
  return Result::kMoved;
}

}  // namespace herald::sdk
