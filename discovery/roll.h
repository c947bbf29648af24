// SPDX-License-Identifier: Apache-2.0
//
// A long list in order of key, of which many versions live at once: a copy
// shares all it has with the original, and a change afterwards costs one chunk
// of entries and the list of chunks, not the whole. That is what lets each
// snapshot of a hundred thousand peers stay as it is while the next differs
// from it in one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::discovery {

// `KeyOf()(entry)` is a string_view into what the entry holds. Entries of one
// key, a group, stand together in the order they were given. A value.
template <typename Entry, typename KeyOf>
class Roll {
 public:
  // A change copies half as many entries on the average, and one pointer for
  // each chunk of the list: at 100,000 both are some hundreds.
  static constexpr size_t kMaxChunk = 256;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    Iterator() = default;
    Iterator(const Roll* roll, size_t chunk) : roll_(roll), chunk_(chunk) {}
    reference operator*() const { return (*roll_->chunks_[chunk_])[at_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++at_ == roll_->chunks_[chunk_]->size()) {
        ++chunk_;
        at_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Roll* roll_ = nullptr;
    size_t chunk_ = 0;
    size_t at_ = 0;
  };
  using const_iterator = Iterator;
  using iterator = Iterator;
  using value_type = Entry;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, chunks_.size()}; }

  // The group of that key, or nothing. Valid while this roll is.
  std::span<const Entry> Find(std::string_view key) const {
    if (chunks_.empty()) return {};
    const Chunk& chunk = *chunks_[ChunkFor(key)];
    const auto [from, to] = GroupIn(chunk, key);
    return std::span(chunk).subspan(from, to - from);
  }

  // `group` is all there is of that key from now on; empty: nothing. What other
  // rolls share with this one stays as it is.
  void Replace(std::string_view key, std::span<const Entry> group) {
    if (chunks_.empty()) {
      if (group.empty()) return;
      chunks_.push_back(std::make_shared<Chunk>(group.begin(), group.end()));
      size_ = group.size();
      return;
    }
    const size_t index = ChunkFor(key);
    const auto [from, to] = GroupIn(*chunks_[index], key);
    if (from == to && group.empty()) return;
    Chunk& chunk = Own(index, group.size());
    const auto at = chunk.begin() + static_cast<std::ptrdiff_t>(from);
    const auto next =
        chunk.erase(at, at + static_cast<std::ptrdiff_t>(to - from));
    chunk.insert(next, group.begin(), group.end());
    size_ = size_ + group.size() - (to - from);
    if (chunk.empty()) {
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index));
    } else if (chunk.size() > kMaxChunk) {
      Split(index);
    }
  }

 private:
  using Chunk = std::vector<Entry>;

  static std::string_view KeyIn(const Entry& entry) { return KeyOf()(entry); }

  // The last chunk that does not begin beyond `key`, or the first.
  size_t ChunkFor(std::string_view key) const {
    const auto beyond = std::upper_bound(
        chunks_.begin() + 1, chunks_.end(), key,
        [](std::string_view k, const std::shared_ptr<Chunk>& chunk) {
          return k < KeyIn(chunk->front());
        });
    return static_cast<size_t>(beyond - chunks_.begin()) - 1;
  }

  static std::pair<size_t, size_t> GroupIn(const Chunk& chunk,
                                           std::string_view key) {
    const auto from = std::partition_point(
        chunk.begin(), chunk.end(),
        [key](const Entry& entry) { return KeyIn(entry) < key; });
    auto to = from;
    while (to != chunk.end() && KeyIn(*to) == key) ++to;
    return {static_cast<size_t>(from - chunk.begin()),
            static_cast<size_t>(to - chunk.begin())};
  }

  // The chunk, held by this roll alone: several changes in a row copy it once.
  // Exactly as long as it must be, for it is one of many that live long.
  Chunk& Own(size_t index, size_t more) {
    std::shared_ptr<Chunk>& chunk = chunks_[index];
    if (chunk.use_count() > 1) {
      auto copy = std::make_shared<Chunk>();
      copy->reserve(chunk->size() + more);
      copy->assign(chunk->begin(), chunk->end());
      chunk = std::move(copy);
    }
    return *chunk;
  }

  // Into two halves; between two groups, which stay whole.
  void Split(size_t index) {
    Chunk& chunk = *chunks_[index];
    size_t middle = chunk.size() / 2;
    auto ends_group = [&chunk](size_t at) {
      return KeyIn(chunk[at - 1]) != KeyIn(chunk[at]);
    };
    while (middle < chunk.size() && !ends_group(middle)) ++middle;
    if (middle == chunk.size()) return;  // one group has all the second half
    const auto at = chunk.begin() + static_cast<std::ptrdiff_t>(middle);
    auto second = std::make_shared<Chunk>(std::make_move_iterator(at),
                                          std::make_move_iterator(chunk.end()));
    chunk.erase(at, chunk.end());
    chunk.shrink_to_fit();
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                   std::move(second));
  }

  std::vector<std::shared_ptr<Chunk>> chunks_;  // none empty
  size_t size_ = 0;
};

}  // namespace herald::discovery
