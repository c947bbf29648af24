// SPDX-License-Identifier: Apache-2.0
//
// How the others leave a failing server alone: after so many failures in a
// row, for a time that grows with each ejection. Ours has a breaker of its
// own and does not use this.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/time.h"

namespace herald::study {

struct EjectionRule {
  uint32_t failures = 5;  // in a row
  Duration base = std::chrono::seconds(30);
  Duration longest = std::chrono::seconds(300);
  bool doubling = false;  // else base times the number of ejections
};

// Envoy: 5 in a row, 30 s times the count. Its default spares all but a tenth
// of the servers; guides to failover set 100 %, which is kinder, so do we.
inline constexpr EjectionRule kEnvoyEjection{};
// Finagle's failure accrual: 5 in a row, 5 s doubling to 300 s.
inline constexpr EjectionRule kFinagleAccrual{5, std::chrono::seconds(5),
                                              std::chrono::seconds(300), true};
// Linkerd's breaker (to be switched on): 7 in a row, 1 s doubling to 60 s.
inline constexpr EjectionRule kLinkerdBreaker{7, std::chrono::seconds(1),
                                              std::chrono::seconds(60), true};

// One owner, one thread.
class Ejection {
 public:
  Ejection(const EjectionRule& rule, size_t servers)
      : rule_(rule), servers_(servers) {}

  bool Ejected(size_t server, Time now) const {
    return now < servers_[server].until;
  }
  void OnDone(size_t server, bool failed, Time now);

 private:
  struct State {
    uint32_t in_a_row = 0;
    uint32_t ejections = 0;
    Time until{};
  };

  EjectionRule rule_;
  std::vector<State> servers_;
};

}  // namespace herald::study
