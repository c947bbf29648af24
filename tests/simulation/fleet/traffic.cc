// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fleet/traffic.h"

#include <algorithm>

namespace herald::simulation {
namespace {

size_t SecondOf(Time at) {
  return static_cast<size_t>(
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch())
          .count());
}

}  // namespace

Traffic::Second& Traffic::At(Time now) {
  const size_t index = SecondOf(now);
  if (seconds_.size() <= index) seconds_.resize(index + 1);
  return seconds_[index];
}

void Traffic::OnPiece(Time now, size_t bytes) {
  Second& second = At(now);
  ++second.pieces;
  second.bytes += bytes;
}

Traffic::Sum Traffic::Between(Time from, Time to) const {
  Sum out;
  for (size_t i = SecondOf(from); i < SecondOf(to); ++i) {
    const Second second = i < seconds_.size() ? seconds_[i] : Second();
    out.all.requests += second.requests;
    out.all.pieces += second.pieces;
    out.all.bytes += second.bytes;
    out.most.requests = std::max(out.most.requests, second.requests);
    out.most.pieces = std::max(out.most.pieces, second.pieces);
    out.most.bytes = std::max(out.most.bytes, second.bytes);
    out.seconds += 1;
  }
  return out;
}

}  // namespace herald::simulation
