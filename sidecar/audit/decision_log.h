// SPDX-License-Identifier: Apache-2.0
//
// The record of decisions: one JSON line each, appended to a file. Not a log
// for debugging: what policy obliges us to record is here, and what cannot be
// recorded denies the calls that demand it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/event_loop.h"
#include "core/base/status.h"

namespace herald::audit {

// The seam: a simulation keeps lines in memory.
class DecisionSink {
 public:
  virtual ~DecisionSink() = default;
  // False when what is given to Write now may be lost.
  virtual bool writable() const = 0;
  // One line, without its end.
  virtual void Write(std::string_view line) = 0;
};

// Appends to a file. Lines are gathered during a turn of the loop and written
// with one write(2) at its end. Owned by app; one thread.
class DecisionLog final : public DecisionSink {
 public:
  explicit DecisionLog(EventLoop& loop) : loop_(loop) {}
  ~DecisionLog() override;

  // Opens (and creates, 0600) the file for appending. Until it has succeeded
  // writable() is false.
  Status Open(const std::string& path);

  bool writable() const override { return fd_ >= 0 && !failed_; }
  void Write(std::string_view line) override;

  const std::string& path() const { return path_; }
  uint64_t lines() const { return lines_; }
  uint64_t lost() const { return lost_; }

 private:
  void Flush();

  EventLoop& loop_;
  std::string path_;
  int fd_ = -1;
  bool failed_ = false;
  std::string pending_;
  uint64_t pending_lines_ = 0;
  uint64_t lines_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace herald::audit
