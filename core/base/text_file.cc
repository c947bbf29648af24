// SPDX-License-Identifier: Apache-2.0
#include "core/base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace herald {
namespace {

Status Failed(const std::string& path, int error) {
  return MakeStatus(
      error == ENOENT ? StatusCode::kNotFound : StatusCode::kUnavailable,
      path + ": " + std::strerror(error));
}

class OpenFile {
 public:
  // Not blocking, as the path may name a pipe that nobody writes to.
  explicit OpenFile(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

StatusOr<std::string> ReadTextFile(const std::string& path, size_t limit) {
  const OpenFile file(path);
  if (file.fd() < 0) return Failed(path, errno);
  struct stat facts;
  if (fstat(file.fd(), &facts) != 0) return Failed(path, errno);
  if (!S_ISREG(facts.st_mode)) {
    return Unavailable(path + ": is no regular file");
  }
  std::string text;
  while (text.size() <= limit) {
    char buffer[16384];
    const ssize_t got = read(file.fd(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(path, errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
  return Unavailable(path + ": is larger than " + std::to_string(limit) +
                     " bytes");
}

}  // namespace herald
