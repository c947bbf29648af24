// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/log_writer.h"

#include <signal.h>

#include <chrono>
#include <utility>

namespace herald::audit {
namespace {

// Where nobody waits for the disk the writer lets lines gather so long: at a
// thousand calls a second it is woken once a millisecond and not once a call.
constexpr std::chrono::milliseconds kLinger{1};

// Beyond this it does not linger, and tells the loop when it is written.
constexpr size_t kMuch = size_t{1} << 20;

// A thread of ours takes no signals: they are the loop's, and SIGXFSZ of a
// file that may grow no further must be an error of write(2), not our end.
std::thread StartWithoutSignals(std::function<void()> run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

LogWriter::LogWriter(LogFileOptions options, std::function<void()> ring)
    : file_(std::move(options)),
      ring_(std::move(ring)),
      thread_(StartWithoutSignals([this] { Run(); })) {}

LogWriter::~LogWriter() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    queue_.sync = true;
  }
  handed_over_.notify_one();
  thread_.join();
}

LogWriter::Handed LogWriter::Hand(std::string_view bytes, uint64_t lines,
                                  bool sync) {
  Handed out;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    out.number = ++numbers_;
    if (queue_.first == 0) queue_.first = out.number;
    queue_.last = out.number;
    queue_.bytes.append(bytes);
    queue_.lines += lines;
    // While the writer lingers only haste is worth waking it.
    wake = idle_ || (sync && !queue_.sync) || queue_.bytes.size() > kMuch;
    queue_.sync = queue_.sync || sync;
    if (wake) idle_ = false;
    report_.waiting += bytes.size();
    out.waiting = report_.waiting;
  }
  if (wake) handed_over_.notify_one();
  return out;
}

LogWriter::Report LogWriter::Take() {
  std::lock_guard lock(mutex_);
  Report out = report_;
  report_.failed.clear();
  return out;
}

void LogWriter::Run() {
  Batch batch;
  while (NextBatch(batch)) {
    Status kept = Keep(batch);
    if (Settle(batch, kept)) ring_();
  }
}

// False at the end.
bool LogWriter::NextBatch(Batch& batch) {
  std::unique_lock lock(mutex_);
  idle_ = true;
  handed_over_.wait(lock, [this] { return queue_.first != 0 || stop_; });
  idle_ = false;
  handed_over_.wait_for(lock, kLinger, [this] {
    return queue_.sync || stop_ || queue_.bytes.size() > kMuch;
  });
  if (queue_.first == 0) return false;
  // The buffers change places, so that neither side allocates when warm.
  batch.bytes.clear();
  std::swap(batch.bytes, queue_.bytes);
  batch.lines = std::exchange(queue_.lines, 0);
  batch.first = std::exchange(queue_.first, 0);
  batch.last = queue_.last;
  batch.sync = std::exchange(queue_.sync, false);
  return true;
}

Status LogWriter::Keep(const Batch& batch) {
  HERALD_RETURN_IF_ERROR(file_.Append(batch.bytes));
  return batch.sync ? file_.Sync() : absl::OkStatus();
}

// Whether the loop should hear of it.
bool LogWriter::Settle(const Batch& batch, const Status& kept) {
  std::lock_guard lock(mutex_);
  const bool failed_before = !report_.problem.empty();
  report_.settled = batch.last;
  report_.problem = kept.ok() ? "" : Message(kept);
  report_.waiting -= batch.bytes.size();
  (kept.ok() ? report_.lines : report_.lost) += batch.lines;
  if (!kept.ok()) report_.failed.push_back({batch.first, batch.last});
  return batch.sync || failed_before != !kept.ok() ||
         batch.bytes.size() > kMuch;
}

}  // namespace herald::audit
