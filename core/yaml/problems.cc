// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/problems.h"

#include <algorithm>
#include <utility>

namespace herald::yaml {

Problems::Problems(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {}

void Problems::Error(Position at, std::string text, std::string hint) {
  Add(Issue::Severity::kError, at, std::move(text), std::move(hint));
}

void Problems::Warning(Position at, std::string text, std::string hint) {
  Add(Issue::Severity::kWarning, at, std::move(text), std::move(hint));
}

void Problems::Add(Issue::Severity severity, Position at, std::string text,
                   std::string hint) {
  if (full_) return;
  if (issues_.size() == kMaxIssues) {
    // An error, so that a text with too many warnings is not waved through
    // with errors behind them.
    full_ = true;
    issues_.push_back({Issue::Severity::kError, file_, Position{},
                       "too many problems; the rest are not shown", "", ""});
    return;
  }
  std::string line = LineOf(text_, at.line);
  if (line.size() > kMaxSourceLine) line.clear();
  issues_.push_back(
      {severity, file_, at, std::move(text), std::move(hint), std::move(line)});
}

Issues Problems::issues() const {
  Issues sorted = issues_;
  auto last = full_ ? sorted.end() - 1 : sorted.end();
  std::stable_sort(sorted.begin(), last, [](const Issue& a, const Issue& b) {
    return a.at.line != b.at.line ? a.at.line < b.at.line
                                  : a.at.column < b.at.column;
  });
  return sorted;
}

}  // namespace herald::yaml
