// SPDX-License-Identifier: Apache-2.0
//
// The thread that writes the decision log: the only one besides the loop's.
// The loop hands it bytes, it writes all it finds waiting with one write and
// syncs once where somebody waits, so that a hundred calls of one moment share
// one fdatasync. Between the two threads lie one mutex and two values: what was
// handed over, and what became of it.
//
//     loop:    Hand ──> [queue] ──┐            ┌──> Take
//     writer:                     └─ write, sync ─┘  rings
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sidecar/audit/log_file.h"

namespace herald::audit {

class LogWriter {
 public:
  // Hand-overs are numbered from 1. What became of those up to `settled`, apart
  // from the ranges in `failed`: they are written, and on the disk if their
  // giver wanted that.
  struct Report {
    struct Range {
      uint64_t first;
      uint64_t last;
    };
    uint64_t settled = 0;
    std::vector<Range> failed;  // since the last Take
    uint64_t lines = 0;         // written, of all times
    uint64_t lost = 0;
    std::string problem;  // why the latest batch failed; empty: it did not
    size_t waiting = 0;   // bytes that are not settled
  };

  // `ring` runs on the writer's thread: somebody waits for what has settled,
  // or the log began to fail, or recovered, or much was written.
  LogWriter(LogFileOptions options, std::function<void()> ring);
  // Writes and syncs what was handed over first.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  struct Handed {
    uint64_t number;
    size_t waiting;  // bytes, these included
  };
  // `bytes` are whole lines, `lines` of them count. With `sync` they shall be
  // on the disk when they settle.
  Handed Hand(std::string_view bytes, uint64_t lines, bool sync);

  Report Take();

 private:
  struct Batch {
    std::string bytes;
    uint64_t lines = 0;
    uint64_t first = 0;
    uint64_t last = 0;
    bool sync = false;
  };

  void Run();
  bool NextBatch(Batch& batch);
  Status Keep(const Batch& batch);
  bool Settle(const Batch& batch, const Status& kept);

  LogFile file_;  // the writer's thread alone
  const std::function<void()> ring_;

  std::mutex mutex_;
  std::condition_variable handed_over_;
  // Guarded by mutex_.
  Batch queue_;
  Report report_;
  uint64_t numbers_ = 0;
  bool idle_ = false;
  bool stop_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace herald::audit
