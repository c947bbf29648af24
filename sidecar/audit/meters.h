// SPDX-License-Identifier: Apache-2.0
//
// Durable counters, for `meter: NAME`: how many calls were sent under it, over
// restarts. A law that has a threshold must never be told too little, so the
// file holds what may be counted up to: room is put on the disk before it is
// used up, a block at a time, and an orderly end writes the exact counts.
// After a crash a counter may be too high by its room (an eighth, at least
// 64), never too low. What has no room and gets none is not counted, and its
// call is refused.
//
//     room on the disk   |<--- counted --->|<-- room -->|
//     asked for when half of it is used; the writer's thread brings it
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "sidecar/audit/log_writer.h"

namespace herald::audit {

// Owned by app; used on the loop's thread only.
class Meters {
 public:
  static constexpr uint64_t kLeastRoom = 64;

  // `ring` runs on another thread, and makes the loop call Collect() soon.
  explicit Meters(std::function<void()> ring) : ring_(std::move(ring)) {}
  // Writes the exact counts.
  ~Meters();
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;

  // Reads what `path` holds, or begins it. It blocks: for the start.
  Status Open(const std::string& path);

  // Gives each of these room, on the disk; blocks, so it is for when a policy
  // comes that names new ones. An error: nothing may be metered.
  Status Prepare(const std::vector<std::string>& names);

  // One more. False: it cannot be kept, and was not counted. A name that is
  // not prepared is, and then it blocks.
  bool Add(std::string_view name);

  void Collect();

  std::map<std::string, uint64_t> Counts() const;

 private:
  struct Meter {
    uint64_t count = 0;
    uint64_t room = 0;      // may be counted up to this
    uint64_t asked = 0;     // room that is on its way to the disk
    uint64_t asked_in = 0;  // the hand-over that has it
  };

  Status Read(const std::string& text);
  Status Rewrite() const;
  Status MakeRoomNow(const std::string& name, Meter& meter);
  void AskForRoom(const std::string& name, Meter& meter);

  const std::function<void()> ring_;
  std::string path_;
  std::map<std::string, Meter, std::less<>> meters_;
  std::unique_ptr<LogFile> file_;      // of the loop, for MakeRoomNow
  std::unique_ptr<LogWriter> writer_;  // once something is metered
};

}  // namespace herald::audit
