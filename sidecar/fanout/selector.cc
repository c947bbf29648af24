// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/selector.h"

#include <algorithm>
#include <utility>

namespace herald::fanout {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// Letters, digits and "-_./": what keys and values are made of.
bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '/';
  });
}

// At the commas outside of parentheses.
std::vector<std::string_view> SplitOutside(std::string_view text) {
  std::vector<std::string_view> out;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth > 0) continue;
    out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

Status Bad(std::string_view requirement) {
  return InvalidArgument("'" + std::string(requirement) +
                         "' is no requirement of a label selector");
}

}  // namespace

StatusOr<Selector> Selector::Parse(std::string_view text) {
  Selector out;
  if (Trim(text).empty()) return out;
  for (std::string_view one : SplitOutside(text)) {
    HERALD_ASSIGN_OR_RETURN(Requirement requirement, ParseOne(Trim(one)));
    out.requirements_.push_back(std::move(requirement));
  }
  return out;
}

StatusOr<Selector::Requirement> Selector::ParseOne(std::string_view text) {
  Requirement out;
  std::string_view key = text, values;
  if (const size_t open = text.find('('); open != std::string_view::npos) {
    if (text.back() != ')') return Bad(text);
    values = text.substr(open + 1, text.size() - open - 2);
    const std::string_view head = Trim(text.substr(0, open));
    const size_t space = head.rfind(' ');
    if (space == std::string_view::npos) return Bad(text);
    const std::string_view word = head.substr(space + 1);
    if (word != "in" && word != "notin") return Bad(text);
    out.negated = word == "notin";
    key = Trim(head.substr(0, space));
    for (std::string_view value : SplitOutside(values)) {
      out.values.emplace_back(Trim(value));
    }
  } else if (const size_t equals = text.find('=');
             equals != std::string_view::npos) {
    out.negated = equals > 0 && text[equals - 1] == '!';
    key = Trim(text.substr(0, out.negated ? equals - 1 : equals));
    const bool twice = text.substr(equals).substr(0, 2) == "==";
    out.values.emplace_back(Trim(text.substr(equals + (twice ? 2 : 1))));
  } else if (text.substr(0, 1) == "!") {
    out.negated = true;
    key = Trim(text.substr(1));
  }
  out.key = key;
  const bool words =
      std::all_of(out.values.begin(), out.values.end(),
                  [](const auto& value) { return IsWord(value); });
  if (out.key.empty() || !IsWord(out.key) || !words) return Bad(text);
  return out;
}

bool Selector::Selects(const Labels& labels) const {
  return std::all_of(
      requirements_.begin(), requirements_.end(), [&labels](const auto& one) {
        const auto found = labels.find(one.key);
        if (found == labels.end()) return one.negated;
        if (one.values.empty()) return !one.negated;
        const bool among = std::find(one.values.begin(), one.values.end(),
                                     found->second) != one.values.end();
        return among != one.negated;
      });
}

}  // namespace herald::fanout
