// SPDX-License-Identifier: Apache-2.0
//
// A text with `*`, which stands for any run of characters, '/' included:
// "llm/*", "spiffe://acme.example/ns/claims/*". Nothing else is special.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/truth.h"

namespace herald::policy {

// A value.
class Pattern {
 public:
  explicit Pattern(std::string text);

  bool Matches(std::string_view subject) const;
  bool literal() const { return literal_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool literal_;
  bool prefix_;  // one `*`, at the end
};

// Whether some pattern matches; unknown for a subject that is absent or empty.
Truth MatchesAny(std::span<const Pattern> patterns,
                 std::optional<std::string_view> subject);

}  // namespace herald::policy
