// SPDX-License-Identifier: Apache-2.0
//
// The record of decisions: one JSON line each, appended to a file. Not a log
// for debugging: what policy obliges us to record is here, and what cannot be
// recorded denies the calls that demand it.
//
// This is the loop's half. Lines are gathered during a turn and handed to the
// writer's thread at its end; who waits for the disk is told when the writer
// rings. A log that fails says so, is tried again every second, and begins
// with a line about the gap when it is back.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/status.h"
#include "sidecar/audit/decision_sink.h"
#include "sidecar/audit/log_writer.h"

namespace herald::audit {

struct DecisionLogOptions {
  LogFileOptions file;
  // The line that says how many are missing before it.
  std::function<std::string(uint64_t lost)> gap_line;
  // Told when the log begins to fail (why) and when it is back ("").
  std::function<void(const std::string& problem)> on_problem;
};

// Owned by app; used on the loop's thread only.
class DecisionLog final : public DecisionSink {
 public:
  // Lines beyond so many bytes that wait for the writer are dropped, counted,
  // and make the log unwritable until it has caught up.
  static constexpr size_t kMaxWaiting = size_t{8} << 20;
  // Who waits longer for a disk that does not answer is told that it failed.
  static constexpr Duration kPatience = std::chrono::seconds(5);
  static constexpr Duration kProbe = std::chrono::seconds(1);

  // `ring` runs on another thread, and makes the loop call Collect() soon.
  DecisionLog(EventLoop& loop, std::function<void()> ring);
  // Writes what it was given first.
  ~DecisionLog() override;

  // Until then nothing is writable. Starts the writer; an error tells that the
  // file cannot be opened now, which is tried again like any failure.
  Status Open(DecisionLogOptions options);

  bool writable() const override;
  void Write(std::string_view line) override;
  uint64_t AwaitDisk(Kept done) override;
  void Forget(uint64_t wait) override;

  // What the writer has done meanwhile.
  void Collect();

  const std::string& path() const { return options_.file.path; }
  // Why it cannot be written; empty when it can.
  const std::string& problem() const { return problem_; }
  uint64_t lines() const { return lines_; }
  uint64_t lost() const { return lost_by_writer_ + dropped_; }

 private:
  struct Wait {
    uint64_t id;
    uint64_t handed;  // the hand-over that has its lines; 0: not yet
    Time since;
    Kept done;
  };

  void HandAtTurnEnd();
  void HandOver();
  void SetProblem(const std::string& problem);
  void Watch();
  void OnWatch();
  void Probe();
  void ExpireWaits();

  EventLoop& loop_;
  const std::function<void()> ring_;
  DecisionLogOptions options_;
  std::unique_ptr<LogWriter> writer_;

  std::string pending_;
  uint64_t pending_lines_ = 0;
  bool turn_end_ = false;  // HandOver will run
  size_t waiting_ = 0;     // bytes with the writer, when last heard of
  std::deque<Wait> waits_;
  uint64_t wait_ids_ = 0;

  std::string problem_;
  uint64_t settled_ = 0;
  bool stalled_ = false;  // somebody waited longer than kPatience
  TimerId watch_ = 0;
  uint64_t lines_ = 0;
  uint64_t lost_by_writer_ = 0;
  uint64_t dropped_ = 0;
  uint64_t lost_told_ = 0;  // of lost(), told by a gap line
  uint64_t probe_ = 0;      // the hand-over of the latest gap line
  uint64_t probe_lost_ = 0;
};

}  // namespace herald::audit
