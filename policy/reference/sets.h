// SPDX-License-Identifier: Apache-2.0
//
// Sets of names and facts of three values: the words in which evaluate.cc says
// what the language means.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/schema.h"

namespace herald::policy::reference {

using Names = std::set<std::string>;

// In this order "all of them" is the least and "some of them" the greatest.
enum Fact { kFalse, kUnknown, kTrue };
using Facts = std::vector<Fact>;

// What was not asked holds; of what nobody stated nothing is known.
template <typename Asked, typename Known>
Fact Ask(const std::optional<Asked>& asked, const std::optional<Known>& known,
         bool holds) {
  return !asked || (known && holds) ? kTrue : known ? kFalse : kUnknown;
}

inline Names Set(const OptionalTexts& texts) {
  Names names;
  for (const Text& text : texts.value_or(Texts{})) names.insert(text.text);
  return names;
}

inline bool Has(const Names& all, const std::string& x) {
  return all.count(x) > 0;
}

template <typename All, typename Holds>
bool Any(const All& all, Holds holds) {
  return std::any_of(all.begin(), all.end(), holds);
}

inline bool Meet(const Names& a, const Names& b) {
  return Any(a, [&](const std::string& name) { return Has(b, name); });
}

inline bool IsSubset(const Names& a, const Names& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

// `*` is any run of characters.
inline bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  bool star = pattern[0] == '*';
  if (star && Matches(pattern.substr(1), text)) return true;
  return !text.empty() && (star || pattern[0] == text[0]) &&
         Matches(pattern.substr(star ? 0 : 1), text.substr(1));
}

// An empty text is one that nobody stated.
inline Fact IsAmong(const OptionalTexts& names,
                    std::optional<std::string_view> text,
                    bool patterns = true) {
  if (text == "") text.reset();
  return Ask(names, text, Any(Set(names), [&](const std::string& name) {
               return name == text ||
                      (text && patterns && Matches(name, *text));
             }));
}

}  // namespace herald::policy::reference
