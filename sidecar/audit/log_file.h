// SPDX-License-Identifier: Apache-2.0
//
// A file of lines that is appended to and rotated: FILE is the newest, FILE.1
// the one before, up to FILE.keep. It blocks; the writer's thread owns it. A
// batch is in the file whole or not at all: what a full disk let through of it
// is cut off again, so that no line is ever half there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace herald::audit {

struct LogFileOptions {
  std::string path;
  uint64_t max_bytes = uint64_t{64} << 20;
  int keep = 8;  // rotated files besides the newest; at least 1
};

class LogFile {
 public:
  explicit LogFile(LogFileOptions options) : options_(std::move(options)) {}
  ~LogFile() { Close(); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Opens, or makes (0600), the file. Append does so too.
  Status Open();

  // Rotates first where `bytes` would make the file too large. A file that
  // somebody else has moved away or removed is begun anew.
  Status Append(std::string_view bytes);

  // Until it returns, what was appended may be lost with the machine.
  Status Sync();

 private:
  Status Failed(const char* what);
  Status Rotate();
  bool MovedAway() const;
  void Close();

  const LogFileOptions options_;
  int fd_ = -1;
  uint64_t size_ = 0;
  bool new_name_ = false;  // the folder has not been synced since
};

}  // namespace herald::audit
