// SPDX-License-Identifier: Apache-2.0
//
// A text with `*`, which stands for any run of characters, '/' included:
// "llm/*", "spiffe://acme.example/ns/claims/*". Nothing else is special.
#pragma once

#include <string>
#include <string_view>

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
};

}  // namespace herald::policy
