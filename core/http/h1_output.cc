// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_output.h"

#include <algorithm>

#include "core/base/check.h"

namespace herald::http {
namespace {

// Written bytes are moved out of the way only when they are many and the
// better half, so that moving costs at most one copy of each byte.
constexpr size_t kShrinkFrom = 64 * 1024;

// An idle connection keeps no more memory than a small response needs.
constexpr size_t kIdleCapacity = 16 * 1024;

}  // namespace

void H1Output::AppendBody(std::string_view bytes) {
  if (bytes.empty()) return;
  size_t begin = text_.size();
  text_.append(bytes);
  bool extends = first_run_ < runs_.size() && runs_.back().end == begin;
  if (extends) {
    runs_.back().end = text_.size();
  } else {
    runs_.push_back({begin, text_.size()});
  }
}

size_t H1Output::Wrote(size_t n) {
  HERALD_CHECK(n <= text_.size() - written_, "more written than there was");
  size_t from = written_;
  written_ += n;
  size_t body = 0;
  while (first_run_ < runs_.size() && runs_[first_run_].begin < written_) {
    const Run& run = runs_[first_run_];
    body += std::min(run.end, written_) - std::max(run.begin, from);
    if (run.end > written_) break;
    ++first_run_;
  }
  Shrink();
  return body;
}

void H1Output::Shrink() {
  if (written_ == text_.size()) {
    Clear();
    return;
  }
  if (written_ < kShrinkFrom || written_ < text_.size() / 2) return;
  text_.erase(0, written_);
  runs_.erase(runs_.begin(), runs_.begin() + static_cast<long>(first_run_));
  first_run_ = 0;
  for (Run& run : runs_) {
    run.begin -= std::min(run.begin, written_);
    run.end -= written_;
  }
  written_ = 0;
}

void H1Output::ForgetBody() {
  runs_.clear();
  first_run_ = 0;
}

void H1Output::Clear() {
  text_.clear();
  if (text_.capacity() > kIdleCapacity) text_.shrink_to_fit();
  written_ = 0;
  ForgetBody();
}

}  // namespace herald::http
