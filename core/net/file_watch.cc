// SPDX-License-Identifier: Apache-2.0
#include "core/net/file_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "core/net/fd.h"

namespace herald::net {
namespace {

constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                              IN_CREATE | IN_DELETE | IN_ATTRIB;

struct Split {
  std::string folder;
  std::string name;  // empty: everything in the folder
};

Split SplitPath(const std::string& path) {
  struct stat found = {};
  if (stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) {
    return {path, ""};
  }
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// Whether an event on `entry` of the folder can mean our file. Names that
// begin with two dots are Kubernetes' (`..data`, `..2026_11_21_...`).
bool Concerns(std::string_view entry, uint32_t mask, const Split& watched) {
  if ((mask & IN_Q_OVERFLOW) != 0) return true;
  if (entry.substr(0, 2) == "..") return (mask & IN_MOVED_TO) != 0;
  if (watched.name.empty()) return entry.substr(0, 1) != ".";
  return entry == watched.name;
}

}  // namespace

struct FileWatch::Descriptor {
  Descriptor(AsioLoop& owner, Split split, std::function<void()> callback)
      : loop(owner),
        io(owner.context()),
        watched(std::move(split)),
        changed(std::move(callback)) {}

  // True when one of the events in the buffer concerns the file.
  bool AnyConcerns(size_t size) const {
    for (size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      std::string_view entry(name,
                             event.len > 0 ? strnlen(name, event.len) : 0);
      if (Concerns(entry, event.mask, watched)) return true;
      at += sizeof event + event.len;
    }
    return false;
  }

  AsioLoop& loop;
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  Split watched;
  std::function<void()> changed;  // empty once the watch is gone
  TimerId settling = 0;
  std::array<char, 4096> buffer;
};

StatusOr<std::unique_ptr<FileWatch>> FileWatch::Open(
    AsioLoop& loop, const std::string& path, std::function<void()> changed) {
  Split split = SplitPath(path);
  UniqueFd fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid() ||
      inotify_add_watch(fd.get(), split.folder.c_str(), kChanges) < 0) {
    return Unavailable("cannot watch the folder " + split.folder + " of " +
                       path + ": " + std::strerror(errno));
  }
  auto descriptor =
      std::make_shared<Descriptor>(loop, std::move(split), std::move(changed));
  boost::system::error_code error;
  descriptor->io.assign(fd.get(), error);
  if (error)
    return Unavailable("cannot watch " + path + ": " + error.message());
  fd.Release();
  Await(descriptor);
  return std::unique_ptr<FileWatch>(new FileWatch(std::move(descriptor)));
}

FileWatch::~FileWatch() {
  descriptor_->changed = nullptr;
  descriptor_->loop.Cancel(descriptor_->settling);
  boost::system::error_code ignored;
  descriptor_->io.close(ignored);
}

void FileWatch::Await(const std::shared_ptr<Descriptor>& self) {
  self->io.async_read_some(
      boost::asio::buffer(self->buffer),
      [self](const boost::system::error_code& error, size_t size) {
        if (error || !self->changed) return;
        if (self->AnyConcerns(size)) Settle(self);
        Await(self);
      });
}

void FileWatch::Settle(const std::shared_ptr<Descriptor>& self) {
  if (self->settling != 0) return;
  self->settling = self->loop.RunAt(self->loop.Now() + kSettle, [self] {
    self->settling = 0;
    // A copy: `changed` may destroy the watch, and with it itself.
    auto changed = self->changed;
    if (changed) changed();
  });
}

}  // namespace herald::net
