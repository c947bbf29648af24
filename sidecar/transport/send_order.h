// SPDX-License-Identifier: Apache-2.0
//
// Whose body is sent next, of all exchanges of one connection: RFC 9218's
// urgency, with one rule of ours above it. A body that has passed kBulk bytes
// stands behind all that have not, whatever it asked for: it is long anyway,
// and whoever waits for a short answer would notice.
//
// nghttp3 orders streams by priority at server ends alone; this does it at
// both. A body asks for a turn when it has bytes, and takes one piece a turn.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace herald::transport {

inline constexpr uint64_t kBulk = 64 << 10;
// What one turn sends: enough for its cost to vanish, little enough for
// whoever comes next (13 ms on a link of 10 Mbit/s).
inline constexpr size_t kPieceOfTurn = 16 << 10;

inline constexpr uint8_t kDefaultUrgency = 3;  // RFC 9218 §4.1
inline constexpr uint8_t kBulkRank = 8;        // behind the urgencies 0 to 7

// `u` of a priority field; nullopt where it has none or is malformed.
std::optional<uint8_t> Urgency(const std::string& priority_field);

// Part of a session. May hold streams that are over: whoever takes a turn
// knows.
class SendOrder {
 public:
  struct Turn {
    uint8_t rank;
    uint64_t number;  // in order of asking
    int64_t stream;
    bool operator>(const Turn& other) const {
      return std::tie(rank, number) > std::tie(other.rank, other.number);
    }
  };

  void Ask(uint8_t rank, int64_t stream) {
    heap_.push_back({rank, ++last_, stream});
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  bool SomeoneBefore(uint8_t rank) const {
    return !heap_.empty() && heap_.front().rank < rank;
  }
  bool empty() const { return heap_.empty(); }
  // REQUIRES: not empty.
  const Turn& first() const { return heap_.front(); }
  Turn Take() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    Turn turn = heap_.back();
    heap_.pop_back();
    return turn;
  }

 private:
  std::vector<Turn> heap_;
  uint64_t last_ = 0;
};

}  // namespace herald::transport
