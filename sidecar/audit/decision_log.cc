// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/decision_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace herald::audit {

DecisionLog::~DecisionLog() {
  Flush();
  if (fd_ >= 0) ::close(fd_);
}

Status DecisionLog::Open(const std::string& path) {
  path_ = path;
  fd_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    return Unavailable(
        path + ": cannot be opened for appending: " + std::strerror(errno));
  }
  return absl::OkStatus();
}

void DecisionLog::Write(std::string_view line) {
  if (fd_ < 0) {
    ++lost_;
    return;
  }
  if (pending_.empty()) {
    loop_.AtTurnEnd([this] { Flush(); });
  }
  pending_.append(line);
  pending_ += '\n';
  ++pending_lines_;
}

void DecisionLog::Flush() {
  size_t done = 0;
  while (done < pending_.size()) {
    ssize_t n = ::write(fd_, pending_.data() + done, pending_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    done += static_cast<size_t>(n);
  }
  // A full or broken disk: calls that demand a record are refused until a
  // write succeeds again.
  failed_ = done < pending_.size();
  (failed_ ? lost_ : lines_) += pending_lines_;
  pending_.clear();
  pending_lines_ = 0;
}

}  // namespace herald::audit
