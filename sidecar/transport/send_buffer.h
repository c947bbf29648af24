// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one outgoing body, from SendData until the peer acknowledged
// them: copied in once, then read in place by the cipher.
//
//   [ acknowledged | given, in flight | waiting ]
//     freed          kept for resends   Take() hands out
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "absl/container/inlined_vector.h"

namespace herald::transport {

// Part of an exchange; one thread. Blocks never move once written, so what
// Take handed out stays valid until Acknowledge has passed it.
class SendBuffer {
 public:
  // Small pieces share a block: the first is of a size that malloc keeps at
  // hand for each thread (up to 1,032 bytes), which fits most calls whole.
  static constexpr size_t kFirstBlock = 1000;
  static constexpr size_t kBlock = 4096;

  void Append(std::string_view data) {
    if (data.empty()) return;  // memcpy takes no null, not even for nothing
    waiting_ += data.size();
    if (!blocks_.empty()) {
      Block& last = blocks_.back();
      size_t n = std::min(data.size(), last.capacity - last.size);
      std::memcpy(last.bytes.get() + last.size, data.data(), n);
      last.size += n;
      data.remove_prefix(n);
    }
    if (data.empty()) return;
    Block block;
    block.capacity =
        std::max(data.size(), blocks_.empty() ? kFirstBlock : kBlock);
    block.bytes.reset(new uint8_t[block.capacity]);
    block.size = data.size();
    std::memcpy(block.bytes.get(), data.data(), data.size());
    blocks_.push_back(std::move(block));
  }

  // Hands out at most `most` of the waiting bytes as at most `max` vectors of
  // the kind `Vector` ({base, len}); returns how many.
  template <typename Vector>
  size_t Take(Vector* vectors, size_t max, size_t most = SIZE_MAX) {
    size_t count = 0;
    while (waiting_ > 0 && count < max && most > 0) {
      Block& block = blocks_[given_block_];
      size_t n = std::min(block.size - given_in_block_, most);
      if (n == 0) {
        ++given_block_;
        given_in_block_ = 0;
        continue;
      }
      vectors[count++] = {block.bytes.get() + given_in_block_, n};
      given_in_block_ += n;
      waiting_ -= n;
      most -= n;
    }
    return count;
  }

  void Acknowledge(uint64_t n) {
    size_t done = 0;  // blocks acknowledged whole
    while (n > 0 && done < blocks_.size()) {
      Block& first = blocks_[done];
      size_t part = static_cast<size_t>(
          std::min<uint64_t>(n, first.size - acknowledged_));
      acknowledged_ += part;
      n -= part;
      // The last block may still be written to and handed out from.
      if (acknowledged_ < first.size || done + 1 == blocks_.size()) break;
      ++done;
      acknowledged_ = 0;
    }
    Drop(done);
    if (blocks_.size() == 1 && waiting_ == 0 &&
        acknowledged_ == blocks_.front().size) {
      Clear();
    }
  }

  void Clear() {
    blocks_.clear();
    given_block_ = given_in_block_ = acknowledged_ = waiting_ = 0;
  }

  size_t waiting() const { return waiting_; }

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
    size_t capacity = 0;
  };

  void Drop(size_t count) {
    if (count == 0) return;
    blocks_.erase(blocks_.begin(),
                  blocks_.begin() + static_cast<std::ptrdiff_t>(count));
    if (given_block_ >= count) {
      given_block_ -= count;
    } else {
      given_block_ = given_in_block_ = 0;
    }
  }

  absl::InlinedVector<Block, 2> blocks_;
  size_t given_block_ = 0;  // where Take goes on
  size_t given_in_block_ = 0;
  size_t acknowledged_ = 0;  // of the first block
  size_t waiting_ = 0;
};

}  // namespace herald::transport
