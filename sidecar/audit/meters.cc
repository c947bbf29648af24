// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/meters.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

#include "core/base/text_file.h"

namespace herald::audit {
namespace {

// It is rewritten at each start, so it stays small; it is never rotated.
constexpr uint64_t kNeverRotate = std::numeric_limits<uint64_t>::max();
constexpr size_t kMaxFile = size_t{256} << 20;

// "NAME COUNT": names have no spaces. The largest count of a name counts: the
// thread's lines and the loop's may come in either order.
std::string LineOf(const std::string& name, uint64_t value) {
  return name + " " + std::to_string(value) + "\n";
}

uint64_t BlockOf(uint64_t count) {
  return std::max(Meters::kLeastRoom, count / 8);
}

}  // namespace

Meters::~Meters() {
  writer_.reset();  // what it still has is written first
  if (file_) (void)Rewrite();
}

Status Meters::Open(const std::string& path) {
  path_ = path;
  if (::access(path.c_str(), F_OK) == 0) {
    HERALD_ASSIGN_OR_RETURN(std::string text, ReadTextFile(path, kMaxFile));
    HERALD_RETURN_IF_ERROR(Read(text));
  }
  file_ = std::make_unique<LogFile>(
      LogFileOptions{.path = path_, .max_bytes = kNeverRotate});
  return absl::OkStatus();
}

Status Meters::Read(const std::string& text) {
  size_t at = 0;
  // A last line without its end was cut short by a crash; the one before it
  // still holds, for room is used only when its line is whole on the disk.
  for (size_t end; (end = text.find('\n', at)) != std::string::npos;
       at = end + 1) {
    std::string line = text.substr(at, end - at);
    size_t space = line.rfind(' ');
    uint64_t value = 0;
    if (space == std::string::npos || space == 0 ||
        std::from_chars(line.data() + space + 1, line.data() + line.size(),
                        value)
                .ptr != line.data() + line.size()) {
      return InvalidArgument(path_ + ": '" + line +
                             "' is no line of NAME COUNT; mend it, or move "
                             "the file away to begin at zero");
    }
    Meter& meter = meters_[line.substr(0, space)];
    meter.count = meter.room = std::max(meter.count, value);
  }
  return absl::OkStatus();
}

// The exact counts and nothing else, by a rename.
Status Meters::Rewrite() const {
  const std::string next = path_ + ".new";
  ::unlink(next.c_str());
  std::string text;
  for (const auto& [name, meter] : meters_) text += LineOf(name, meter.count);
  LogFile file({.path = next, .max_bytes = kNeverRotate});
  HERALD_RETURN_IF_ERROR(file.Append(text));
  HERALD_RETURN_IF_ERROR(file.Sync());
  if (std::rename(next.c_str(), path_.c_str()) == 0) return absl::OkStatus();
  ::unlink(next.c_str());
  return Unavailable(path_ + ": cannot be replaced");
}

Status Meters::Prepare(const std::vector<std::string>& names) {
  if (!file_) return Unavailable("the meters have no file");
  for (const std::string& name : names) {
    Meter& meter = meters_[name];
    if (meter.room > meter.count) continue;
    HERALD_RETURN_IF_ERROR(MakeRoomNow(name, meter));
  }
  if (!names.empty() && !writer_) {
    writer_ = std::make_unique<LogWriter>(
        LogFileOptions{.path = path_, .max_bytes = kNeverRotate}, ring_);
  }
  return absl::OkStatus();
}

Status Meters::MakeRoomNow(const std::string& name, Meter& meter) {
  const uint64_t room = meter.count + BlockOf(meter.count);
  HERALD_RETURN_IF_ERROR(file_->Append(LineOf(name, room)));
  HERALD_RETURN_IF_ERROR(file_->Sync());
  meter.room = room;
  return absl::OkStatus();
}

void Meters::AskForRoom(const std::string& name, Meter& meter) {
  meter.asked = meter.count + BlockOf(meter.count);
  meter.asked_in =
      writer_->Hand(LineOf(name, meter.asked), 0, /*sync=*/true).number;
}

bool Meters::Add(std::string_view name) {
  auto found = meters_.find(name);
  if (found == meters_.end() || !writer_) {
    if (!Prepare({std::string(name)}).ok()) return false;
    found = meters_.find(name);
  }
  Meter& meter = found->second;
  if (meter.count >= meter.room) {
    // The thread is slower than the calls: this one call waits for the disk,
    // and with it the loop. A disk that fails refuses the call.
    if (!MakeRoomNow(found->first, meter).ok()) return false;
  }
  ++meter.count;
  const uint64_t left = meter.room - meter.count;
  if (meter.asked_in == 0 && left < BlockOf(meter.count) / 2) {
    AskForRoom(found->first, meter);
  }
  return true;
}

void Meters::Collect() {
  if (!writer_) return;
  LogWriter::Report report = writer_->Take();
  for (auto& [name, meter] : meters_) {
    if (meter.asked_in == 0 || meter.asked_in > report.settled) continue;
    const bool failed =
        std::any_of(report.failed.begin(), report.failed.end(),
                    [asked_in = meter.asked_in](const auto& range) {
                      return range.first <= asked_in && asked_in <= range.last;
                    });
    if (!failed) meter.room = std::max(meter.room, meter.asked);
    meter.asked_in = 0;
  }
}

std::map<std::string, uint64_t> Meters::Counts() const {
  std::map<std::string, uint64_t> out;
  for (const auto& [name, meter] : meters_) out[name] = meter.count;
  return out;
}

}  // namespace herald::audit
