// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern.h"

#include <utility>

namespace herald::policy {

Pattern::Pattern(std::string text)
    : text_(std::move(text)),
      literal_(text_.find('*') == std::string::npos),
      prefix_(!literal_ && text_.find('*') == text_.size() - 1) {}

// Greedy with one point of return: when a part does not fit, the latest `*`
// takes one character more. An earlier `*` never needs to, so the time is at
// most the product of both lengths.
bool Pattern::Matches(std::string_view subject) const {
  if (literal_) return subject == text_;
  if (prefix_) {
    return subject.starts_with(
        std::string_view(text_).substr(0, text_.size() - 1));
  }
  size_t p = 0;
  size_t s = 0;
  size_t star = std::string::npos;
  size_t retry = 0;
  while (s < subject.size()) {
    if (p < text_.size() && text_[p] == '*') {
      star = p++;
      retry = s;
    } else if (p < text_.size() && text_[p] == subject[s]) {
      ++p;
      ++s;
    } else if (star != std::string::npos) {
      p = star + 1;
      s = ++retry;
    } else {
      return false;
    }
  }
  while (p < text_.size() && text_[p] == '*') ++p;
  return p == text_.size();
}

Truth MatchesAny(std::span<const Pattern> patterns,
                 std::optional<std::string_view> subject) {
  if (!subject || subject->empty()) return Truth::kUnknown;
  for (const Pattern& pattern : patterns) {
    if (pattern.Matches(*subject)) return Truth::kTrue;
  }
  return Truth::kFalse;
}

}  // namespace herald::policy
