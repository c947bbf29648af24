// SPDX-License-Identifier: Apache-2.0
//
// Bodies whose every byte follows from the call's number and its place, so
// that either end can tell a byte that was lost, doubled or misplaced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace herald::simulation {

constexpr char ByteOf(uint64_t call, uint64_t at) {
  return static_cast<char>((call * 131 + at * 7 + (at >> 8)) & 0xff);
}

inline std::string BodyOf(uint64_t call, size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = ByteOf(call, i);
  return out;
}

// Watches such a body go by.
class BodyCheck {
 public:
  explicit BodyCheck(uint64_t call) : call_(call) {}
  void Add(std::string_view data) {
    for (char c : data) good_ = good_ && c == ByteOf(call_, size_++);
  }
  bool good() const { return good_; }
  uint64_t size() const { return size_; }

 private:
  uint64_t call_;
  uint64_t size_ = 0;
  bool good_ = true;
};

}  // namespace herald::simulation
