// SPDX-License-Identifier: Apache-2.0
//
// Finagle's PeakEwma, as Linkerd uses it: cost = latency * (pending + 1),
// where a latency above the average replaces it at once and all decays with
// 10 s; a server that was never heard of and is busy costs a penalty. Latency
// is that to the first byte, which is kinder to streams than completion.
#pragma once

#include <vector>

#include "core/base/time.h"

namespace herald::study {

// One owner, one thread.
class PeakEwma {
 public:
  explicit PeakEwma(size_t servers) : servers_(servers) {}

  void Observe(size_t server, Duration latency, Time now);
  double Cost(size_t server, uint32_t pending, Time now);

 private:
  struct Average {
    double cost = 0;  // ns
    Time stamp{};
  };

  std::vector<Average> servers_;
};

}  // namespace herald::study
