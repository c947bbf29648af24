// SPDX-License-Identifier: Apache-2.0
//
// The seam to time and to the turn of the loop. One loop, one thread. The real
// one stands on Asio (core/net/asio_loop.h); the simulator's stands on a
// virtual clock. Everything above sees only this.
//
// A turn: wait; read the clock once; run every ready handler and everything
// they Post; then run the AtTurnEnd callbacks. Sockets are drained in the
// first half and written in the second, so that acknowledgements, credit and
// data of one turn leave in one packet.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/time.h"

namespace herald {

using TimerId = uint64_t;  // 0 is never given out

class EventLoop {
 public:
  virtual ~EventLoop() = default;

  // Frozen within a turn.
  virtual Time Now() const = 0;
  virtual WallTime WallNow() const = 0;

  // Runs `fn` later in this turn, after the running handler has returned.
  virtual void Post(std::function<void()> fn) = 0;

  // Runs `fn` once at the end of this turn. Called from such a callback, it
  // still runs in this turn.
  virtual void AtTurnEnd(std::function<void()> fn) = 0;

  // Runs `fn` at or after `when`. Equal times run in order of creation.
  virtual TimerId RunAt(Time when, std::function<void()> fn) = 0;

  // Forgets a timer. Unknown, fired and zero ids are fine.
  virtual void Cancel(TimerId id) = 0;
};

}  // namespace herald
