// SPDX-License-Identifier: Apache-2.0
//
// How long a datagram may be now. QUIC's own discovery only ever finds that a
// path carries more; when a tunnel on the way begins to carry less and says
// nothing, long packets vanish for ever while short ones pass: a black hole.
//
//   free --three long ones lost, none delivered since--> 1200
//   1200 --a second--> the next length known of, as far as none failed
//
// A length that failed is tried again after a minute, then two, up to ten.
// Besides, a peer that is silent for a probe timeout gets short packets until
// it is heard again: what then passes keeps the connection alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/time.h"

namespace herald::transport {

inline constexpr size_t kLeastPath = 1200;  // RFC 9000 §14.1

// Part of a Connection. `steps` outlives it.
class PathSize {
 public:
  // `steps`: the lengths that discovery probes, from short to long.
  explicit PathSize(const std::vector<uint16_t>& steps) : steps_(steps) {}

  // The longest datagram to be sent; `path` is what discovery has found.
  size_t Cap(size_t path, Time now);

  // `packets` of together `bytes` count as lost.
  void OnLost(uint64_t packets, uint64_t bytes, Time now);
  // That many bytes of one stream were acknowledged at once: a packet that held
  // so many has passed.
  void OnDelivered(uint64_t bytes);
  // Long packets were lost since then, and that is long enough ago for one
  // sent later to be acknowledged.
  void Judge(size_t path, Duration patience, Time now);

  // How often it was found to be shorter than believed.
  int black_holes() const { return black_holes_; }

 private:
  void Forgive();
  size_t StepAbove(size_t size) const;

  const std::vector<uint16_t>& steps_;
  size_t cap_ = SIZE_MAX;
  size_t present_ = kLeastPath;  // min of cap and path, as last asked
  Time lift_at_{};
  size_t failed_ = SIZE_MAX;
  Time failed_until_{};
  Duration wait_ = std::chrono::minutes(1);
  uint64_t lost_ = 0;  // long ones, since then
  uint64_t lost_bytes_ = 0;
  std::optional<Time> lost_since_;
  int black_holes_ = 0;
};

}  // namespace herald::transport
