// SPDX-License-Identifier: Apache-2.0
//
// Faults planted on purpose, to see the checkers bite.
#pragma once

namespace herald::simulation {

enum class Plant {
  kNone,
  kDeliversElsewhere,  // a call reaches an agent in another country
  kDoesTwice,          // an effect is doubled
  kSwallows,           // some answers never come
  kAlters,             // a byte of some answers is changed
  kForgetsKeys,        // a callee says that it remembers keys, and does not
};

}  // namespace herald::simulation
