// SPDX-License-Identifier: Apache-2.0
//
// Taking leave of those who call us, in order, so that no call is lost and few
// are even refused:
//
//   Begin()   every report says that we drain, and each connected peer gets one
//             now; calls that are on their way are still served
//   shut      once that news has arrived: GOAWAY, in its two steps
//   (h3_session.h),
//             and what comes nevertheless is refused untouched
//
// Calls of our own agents are no part of this: they go on.
#pragma once

#include <optional>

#include "sidecar/call/environment.h"
#include "sidecar/transport/server.h"
#include "sidecar/transport/stream_server.h"

namespace herald::transport {

// Owned by whoever assembles the sidecar; borrows both. One thread.
class InboundDrain {
 public:
  // `fall_back`: the second door, by TCP; may be null.
  InboundDrain(call::Environment& environment, Server& server,
               StreamServer* fall_back = nullptr)
      : environment_(environment), server_(server), fall_back_(fall_back) {}
  ~InboundDrain() { environment_.loop.Cancel(timer_); }
  InboundDrain(const InboundDrain&) = delete;
  InboundDrain& operator=(const InboundDrain&) = delete;

  // The second time it does nothing.
  void Begin();
  bool begun() const { return begun_; }
  // Since when calls of peers are refused.
  std::optional<Time> shut_since() const { return shut_since_; }

 private:
  void Shut();

  call::Environment& environment_;
  Server& server_;
  StreamServer* const fall_back_;
  bool begun_ = false;
  std::optional<Time> shut_since_;
  TimerId timer_ = 0;
};

}  // namespace herald::transport
