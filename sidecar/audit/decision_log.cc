// SPDX-License-Identifier: Apache-2.0
#include "sidecar/audit/decision_log.h"

#include <algorithm>
#include <utility>

namespace herald::audit {
namespace {

bool Contains(const std::vector<LogWriter::Report::Range>& ranges,
              uint64_t number) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return range.first <= number && number <= range.last;
  });
}

}  // namespace

DecisionLog::DecisionLog(EventLoop& loop, std::function<void()> ring)
    : loop_(loop), ring_(std::move(ring)), problem_("is not open yet") {}

DecisionLog::~DecisionLog() {
  loop_.Cancel(watch_);
  if (writer_ && !pending_.empty()) HandOver();
}

Status DecisionLog::Open(DecisionLogOptions options) {
  options_ = std::move(options);
  Status opened = LogFile(options_.file).Open();
  writer_ = std::make_unique<LogWriter>(options_.file, ring_);
  problem_ = opened.ok() ? "" : Message(opened);
  if (!opened.ok()) Watch();
  return opened;
}

bool DecisionLog::writable() const {
  return problem_.empty() && pending_.size() + waiting_ <= kMaxWaiting;
}

void DecisionLog::Write(std::string_view line) {
  if (!writer_ || pending_.size() + waiting_ + line.size() > kMaxWaiting) {
    ++dropped_;
    Watch();
    return;
  }
  pending_.append(line);
  pending_ += '\n';
  ++pending_lines_;
  HandAtTurnEnd();
}

uint64_t DecisionLog::AwaitDisk(Kept done) {
  if (!writable()) {
    done(false);
    return 0;
  }
  waits_.push_back({++wait_ids_, 0, loop_.Now(), std::move(done)});
  HandAtTurnEnd();
  Watch();
  return wait_ids_;
}

void DecisionLog::Forget(uint64_t wait) {
  for (Wait& one : waits_) {
    if (one.id == wait) one.done = nullptr;
  }
}

void DecisionLog::HandAtTurnEnd() {
  if (std::exchange(turn_end_, true)) return;
  loop_.AtTurnEnd([this] {
    if (turn_end_) HandOver();
  });
}

void DecisionLog::HandOver() {
  turn_end_ = false;
  bool sync = !waits_.empty() && waits_.back().handed == 0;
  LogWriter::Handed handed = writer_->Hand(pending_, pending_lines_, sync);
  pending_.clear();
  pending_lines_ = 0;
  waiting_ = handed.waiting;
  for (auto wait = waits_.rbegin(); wait != waits_.rend() && wait->handed == 0;
       ++wait) {
    wait->handed = handed.number;
  }
}

void DecisionLog::Collect() {
  if (!writer_) return;
  LogWriter::Report report = writer_->Take();
  waiting_ = report.waiting;
  lines_ = report.lines;
  lost_by_writer_ = report.lost;
  if (report.settled > settled_) {
    settled_ = report.settled;
    stalled_ = false;
    SetProblem(report.problem);
  }
  if (probe_ != 0 && probe_ <= report.settled) {
    if (!Contains(report.failed, probe_)) lost_told_ = probe_lost_;
    probe_ = 0;
  }
  // Those that wait run last: what they do may write, and wait again.
  std::vector<std::pair<Kept, bool>> told;
  while (!waits_.empty() && waits_.front().handed != 0 &&
         waits_.front().handed <= report.settled) {
    Wait& wait = waits_.front();
    bool kept = !Contains(report.failed, wait.handed);
    if (wait.done) told.emplace_back(std::move(wait.done), kept);
    waits_.pop_front();
  }
  if (lost() > lost_told_) Watch();
  for (auto& [done, kept] : told) done(kept);
}

void DecisionLog::SetProblem(const std::string& problem) {
  if (problem == problem_) return;
  const bool tell = problem.empty() != problem_.empty();
  problem_ = problem;
  if (tell && options_.on_problem) options_.on_problem(problem_);
  if (!problem_.empty()) Watch();
}

// While there is somebody to watch over, looks every so often.
void DecisionLog::Watch() {
  if (watch_ != 0 || !writer_) return;
  watch_ = loop_.RunAt(loop_.Now() + kProbe, [this] { OnWatch(); });
}

void DecisionLog::OnWatch() {
  watch_ = 0;
  Collect();
  ExpireWaits();
  if (!problem_.empty() || lost() > lost_told_) Probe();
  if (!problem_.empty() || !waits_.empty() || probe_ != 0) Watch();
}

// The line about the gap is what finds out whether the disk is back.
void DecisionLog::Probe() {
  if (probe_ != 0 || stalled_) return;
  probe_lost_ = lost();
  std::string line;
  if (options_.gap_line) line = options_.gap_line(probe_lost_ - lost_told_);
  if (!line.empty()) line += '\n';
  probe_ = writer_->Hand(line, 0, /*sync=*/true).number;
}

void DecisionLog::ExpireWaits() {
  std::vector<Kept> told;
  for (Wait& wait : waits_) {
    if (loop_.Now() - wait.since < kPatience || !wait.done) continue;
    told.push_back(std::exchange(wait.done, nullptr));
  }
  if (told.empty()) return;
  stalled_ = true;
  SetProblem(options_.file.path + ": the disk does not answer");
  for (Kept& done : told) done(false);
}

}  // namespace herald::audit
