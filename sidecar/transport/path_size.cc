// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/path_size.h"

#include <algorithm>

namespace herald::transport {
namespace {

constexpr uint64_t kLostInARow = 3;
// A packet's bytes are acknowledged frame by frame, and a body gives a frame
// of at most 16 KiB at a time: more than this proves a packet longer than any
// step below 16 KiB.
constexpr size_t kProofEnough = 8 << 10;
constexpr Duration kLiftEvery = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::minutes(10);

}  // namespace

size_t PathSize::StepAbove(size_t size) const {
  for (size_t step : steps_) {
    if (step > size) return step;
  }
  return SIZE_MAX;
}

size_t PathSize::Cap(size_t path, Time now) {
  if (cap_ < path && now >= lift_at_) {
    if (now >= failed_until_) failed_ = SIZE_MAX;
    size_t next = StepAbove(cap_);
    if (next < failed_) cap_ = next;
    if (cap_ >= path && failed_ > path) cap_ = SIZE_MAX;
    lift_at_ = now + kLiftEvery;
  }
  present_ = std::min(cap_, path);
  return cap_;
}

void PathSize::OnLost(uint64_t packets, uint64_t bytes, Time now) {
  if (packets == 0 || bytes <= packets * kLeastPath) return;
  lost_ += packets;
  lost_bytes_ += bytes;
  if (!lost_since_) lost_since_ = now;
}

void PathSize::OnDelivered(uint64_t bytes) {
  if (!lost_since_) return;
  // About as long as those that were lost. A small congestion window makes
  // packets shorter than the path's step.
  const uint64_t alike =
      std::min<uint64_t>(lost_bytes_ / lost_ * 3 / 4, kProofEnough);
  if (bytes > std::max<uint64_t>(alike, kLeastPath)) Forgive();
}

void PathSize::Forgive() {
  lost_ = lost_bytes_ = 0;
  lost_since_.reset();
}

void PathSize::Judge(size_t path, Duration patience, Time now) {
  if (lost_ < kLostInARow || now - *lost_since_ < patience) return;
  Forgive();
  if (present_ <= kLeastPath) return;
  ++black_holes_;
  failed_ = std::min(cap_, path);
  failed_until_ = now + wait_;
  wait_ = std::min(2 * wait_, kLongestWait);
  cap_ = kLeastPath;
  lift_at_ = now + kLiftEvery;
}

}  // namespace herald::transport
