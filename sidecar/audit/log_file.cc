// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace herald::audit {
namespace {

std::string FolderOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Without it a new file may be there without its name after a power cut.
void SyncFolder(const std::string& path) {
  int fd = ::open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

Status LogFile::Failed(const char* what) {
  return Unavailable(options_.path + ": " + what + ": " + std::strerror(errno));
}

void LogFile::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Status LogFile::Open() {
  Close();
  fd_ = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
               0600);
  if (fd_ < 0) return Failed("cannot be opened for appending");
  struct stat found = {};
  size_ = ::fstat(fd_, &found) == 0 ? static_cast<uint64_t>(found.st_size) : 0;
  new_name_ = true;
  return absl::OkStatus();
}

bool LogFile::MovedAway() const {
  struct stat ours = {};
  struct stat there = {};
  if (::fstat(fd_, &ours) != 0) return true;
  if (::stat(options_.path.c_str(), &there) != 0) return true;
  return ours.st_ino != there.st_ino || ours.st_dev != there.st_dev;
}

Status LogFile::Rotate() {
  for (int number = options_.keep; number >= 1; --number) {
    std::string to = options_.path + "." + std::to_string(number);
    std::string from = number == 1
                           ? options_.path
                           : options_.path + "." + std::to_string(number - 1);
    if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) {
      return Failed("cannot be rotated");
    }
  }
  return Open();
}

Status LogFile::Append(std::string_view bytes) {
  if (fd_ < 0 || MovedAway()) HERALD_RETURN_IF_ERROR(Open());
  if (size_ > 0 && size_ + bytes.size() > options_.max_bytes) {
    HERALD_RETURN_IF_ERROR(Rotate());
  }
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    done += static_cast<size_t>(n);
  }
  if (done == bytes.size()) {
    size_ += done;
    return absl::OkStatus();
  }
  Status failed = Failed("cannot be written");
  if (done > 0 && ::ftruncate(fd_, static_cast<off_t>(size_)) != 0) {
    size_ += done;  // a torn line stays; whoever reads passes over it
  }
  return failed;
}

Status LogFile::Sync() {
  if (fd_ < 0) return Failed("is not open");
  // A pipe or a device has no disk to reach.
  if (::fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) {
    Status failed = Failed("cannot be synced");
    // After a failed sync the kernel may have dropped the pages: what is
    // written next goes through a fresh descriptor.
    Close();
    return failed;
  }
  if (new_name_) SyncFolder(options_.path);
  new_name_ = false;
  return absl::OkStatus();
}

}  // namespace herald::audit
