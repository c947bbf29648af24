// SPDX-License-Identifier: Apache-2.0
//
// A QUIC connection id as a value that can be a key.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <utility>

namespace herald::transport {

// Ours are all this long, so that short headers can be read.
inline constexpr size_t kConnectionIdSize = 10;
inline constexpr size_t kMaxConnectionIdSize = 20;  // RFC 9000 §17.2

struct ConnectionId {
  uint8_t size = 0;
  std::array<uint8_t, kMaxConnectionIdSize> bytes = {};

  ConnectionId() = default;
  // REQUIRES: at most kMaxConnectionIdSize bytes.
  explicit ConnectionId(std::span<const uint8_t> from)
      : size(static_cast<uint8_t>(from.size())) {
    std::copy(from.begin(), from.end(), bytes.begin());
  }

  std::span<const uint8_t> span() const { return {bytes.data(), size}; }
  bool operator==(const ConnectionId&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const ConnectionId& id) {
    return H::combine(
        H::combine_contiguous(std::move(h), id.bytes.data(), id.size), id.size);
  }
};

}  // namespace herald::transport
