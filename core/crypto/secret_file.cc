// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace herald::crypto {
namespace {

Status Failed(const std::string& path, int error) {
  return MakeStatus(
      error == EEXIST ? StatusCode::kAlreadyExists : StatusCode::kUnavailable,
      path + ": " + std::strerror(error));
}

// 0, or the error's number.
int WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

Status WriteNewFile(const std::string& path, std::string_view text,
                    mode_t mode) {
  const int fd = open(
      path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return Failed(path, errno);
  int error = fchmod(fd, mode) == 0 ? 0 : errno;  // whatever the umask
  if (error == 0) error = WriteAll(fd, text);
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(path.c_str());
  return Failed(path, error);
}

Status ReplaceFile(const std::string& path, std::string_view text,
                   mode_t mode) {
  const std::string next = path + ".new";
  unlink(next.c_str());  // of an earlier attempt that was cut short
  HERALD_RETURN_IF_ERROR(WriteNewFile(next, text, mode));
  if (std::rename(next.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  unlink(next.c_str());
  return Failed(path, error);
}

}  // namespace herald::crypto
