// SPDX-License-Identifier: Apache-2.0
//
// A connected socket under a codec, driven by the thread that waits for it:
// each Turn writes what the codec has, waits for the socket, feeds the codec.
// The SDK has no event loop; a blocking call is a series of turns.
#pragma once

#include <cstdint>

#include "core/base/time.h"
#include "core/http/codec.h"

namespace herald::sdk {

// The one clock of the SDK: monotonic, since an epoch of the system's.
Time Now();

// The instant `ms` from now; kNever for a negative one.
Time After(int64_t ms);

// Owns the descriptor. One thread at a time, but for Shutdown.
class Wire {
 public:
  enum class Result {
    kMoved,    // bytes went one way or the other: look at the codec again
    kTimeout,  // `until` has come
    kClosed,   // the other end is gone: no turn will move anything any more
  };

  explicit Wire(int fd);  // takes a connected socket, makes it non-blocking
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // One turn; waits until something moved or `until` is reached. With a time
  // that has passed it does what can be done at once. `events` is counted up
  // by whoever hears the codec: what a codec held back for want of credit it
  // hands over without a byte having moved.
  Result Turn(http::Codec& codec, Time until, const uint64_t& events);

  // From any thread: wakes a waiting turn and ends the connection both ways.
  void Shutdown();

  int fd() const { return fd_; }
  uint64_t bytes_sent() const { return bytes_sent_; }
  // The other end has closed, or at least its sending half.
  bool peer_closed() const { return eof_; }
  // Bytes or an end wait to be read (for a connection that should be idle).
  bool HasInput() const;

 private:
  bool Flush(http::Codec& codec);
  bool Receive(http::Codec& codec);
  int Wait(short events, Time until) const;

  int fd_;
  bool eof_ = false;
  bool write_broken_ = false;
  uint64_t bytes_sent_ = 0;
};

}  // namespace herald::sdk
