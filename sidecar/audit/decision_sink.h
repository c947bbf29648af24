// SPDX-License-Identifier: Apache-2.0
//
// Where decisions are recorded, as calls see it. The real one writes to a file
// on a thread of its own (decision_log.h); a simulation keeps lines in memory.
// What must be recorded and cannot be is refused: calls ask writable() before
// they send anything, and where policy demands it they wait for the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace herald::audit {

class DecisionSink {
 public:
  // Told once: whether the lines are where a crash cannot take them.
  using Kept = std::function<void(bool kept)>;

  virtual ~DecisionSink() = default;

  // False when what is given to Write now may be lost.
  virtual bool writable() const = 0;

  // One line, without its end.
  virtual void Write(std::string_view line) = 0;

  // Runs `done` when all that was written in this turn is on the disk or will
  // not be. Where nothing needs waiting for, it runs before this returns, and
  // 0 is returned; else the number of the wait.
  virtual uint64_t AwaitDisk(Kept done) {
    std::exchange(done, nullptr)(writable());
    return 0;
  }
  // Forgets a wait: its `done` never runs. 0 and past waits are fine.
  virtual void Forget(uint64_t) {}
};

}  // namespace herald::audit
