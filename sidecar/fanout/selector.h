// SPDX-License-Identifier: Apache-2.0
//
// Kubernetes' label selectors: "team=claims,tier in (edge, near),!draft".
// Every requirement must hold; none selects everything.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace herald::fanout {

using Labels = std::map<std::string, std::string, std::less<>>;

// A value.
class Selector {
 public:
  // The error says at which requirement the text breaks off.
  static StatusOr<Selector> Parse(std::string_view text);

  bool Selects(const Labels& labels) const;

 private:
  struct Requirement {
    std::string key;
    // Of the values it may have; with `negated`, those it may not have, and
    // then the key may be absent too. No values: the key itself.
    std::vector<std::string> values;
    bool negated = false;
  };
  static StatusOr<Requirement> ParseOne(std::string_view text);

  std::vector<Requirement> requirements_;
};

}  // namespace herald::fanout
