// SPDX-License-Identifier: Apache-2.0
//
// The latest lines of the decision log, kept in memory besides: who asks the
// sidecar about a call of a moment ago is answered without reading files on
// the loop's thread. Older ones are in the file.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sidecar/audit/decision_sink.h"

namespace herald::audit {

// Stands before another sink. Owned by app; one thread.
class RecentLines final : public DecisionSink {
 public:
  static constexpr size_t kMaxBytes = size_t{2} << 20;

  explicit RecentLines(DecisionSink& next) : next_(next) {}

  bool writable() const override { return next_.writable(); }
  void Write(std::string_view line) override {
    next_.Write(line);
    lines_.emplace_back(line);
    bytes_ += line.size();
    while (bytes_ > kMaxBytes) {
      bytes_ -= lines_.front().size();
      lines_.pop_front();
    }
  }
  uint64_t AwaitDisk(Kept done) override {
    return next_.AwaitDisk(std::move(done));
  }
  void Forget(uint64_t wait) override { next_.Forget(wait); }

  // Those with `text` in them, the oldest first.
  std::vector<std::string_view> With(std::string_view text) const {
    std::vector<std::string_view> out;
    for (const std::string& line : lines_) {
      if (line.find(text) != std::string::npos) out.emplace_back(line);
    }
    return out;
  }

 private:
  DecisionSink& next_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;
};

}  // namespace herald::audit
