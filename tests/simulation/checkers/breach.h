// SPDX-License-Identifier: Apache-2.0
//
// What a checker says when a promise was not kept.
#pragma once

#include <string>
#include <vector>

namespace herald::simulation {

struct Breach {
  enum class Kind {
    kSafety,    // something happened that must not
    kLiveness,  // something did not happen in time
  };
  Kind kind;
  std::string promise;  // "no_forwarding_without_permit"
  std::string what;
};
using Breaches = std::vector<Breach>;

}  // namespace herald::simulation
