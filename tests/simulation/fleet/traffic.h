// SPDX-License-Identifier: Apache-2.0
//
// What one server was asked and sent, second by second of virtual time.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/time.h"

namespace herald::simulation {

// A value.
class Traffic {
 public:
  struct Second {
    uint64_t requests = 0;
    uint64_t pieces = 0;  // of bodies: events of a watch, pages of a list
    uint64_t bytes = 0;
  };

  void OnRequest(Time now) { ++At(now).requests; }
  void OnPiece(Time now, size_t bytes);

  // All of [from, to), and the busiest second in it by bytes or requests.
  struct Sum {
    Second all, most;
    double seconds = 0;
  };
  Sum Between(Time from, Time to) const;

 private:
  Second& At(Time now);

  std::vector<Second> seconds_;
};

}  // namespace herald::simulation
