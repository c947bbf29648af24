// SPDX-License-Identifier: Apache-2.0
//
// A connection to the sidecar, and the few that wait for their next call. One
// conversation at a time has a connection to itself; so the thread that waits
// for an answer is the one that reads it, and no thread of ours is needed.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/http/codec.h"
#include "sdk/src/wire.h"

namespace herald::sdk {

// Each user of a codec looks again after each of its own calls, so there is
// nothing to be told.
class NoCodecEvents final : public http::CodecEvents {
 public:
  void OnCodecActivity() override {}
};

// Owned by a conversation, or by the pool.
class Connection {
 public:
  explicit Connection(int fd);

  Wire::Result Turn(Time until, const uint64_t& events) {
    return wire_.Turn(*codec_, until, events);
  }
  Wire& wire() { return wire_; }
  http::ClientCodec& codec() { return *codec_; }

  // Served a call before; so the sidecar may have been about to close it.
  bool used() const { return used_; }
  void MarkUsed() { used_ = true; }
  // Whole, idle and quiet: fit for another call.
  bool Reusable();

 private:
  NoCodecEvents events_;
  Wire wire_;
  std::unique_ptr<http::ClientCodec> codec_;
  bool used_ = false;
};

// Thread-safe.
class ConnectionPool {
 public:
  ConnectionPool(Address sidecar, size_t keep)
      : sidecar_(std::move(sidecar)), keep_(keep) {}

  // An idle connection, or with `fresh` or without one a new one.
  StatusOr<std::unique_ptr<Connection>> Take(Time deadline, bool fresh);
  // Keeps it where it is fit and there is room; else closes it.
  void Return(std::unique_ptr<Connection> connection);

  const Address& sidecar() const { return sidecar_; }

 private:
  const Address sidecar_;
  const size_t keep_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the last used last
};

}  // namespace herald::sdk
