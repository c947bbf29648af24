// SPDX-License-Identifier: Apache-2.0
//
// One call as the workload wants it made and answered: drawn before it begins,
// so that faults do not shift the calls that follow. The agent reads its part
// from the plan by the call's number, which stands in the path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace herald::simulation {

struct CallPlan {
  enum class Answer {
    kWhole,      // 200 and a body
    kError,      // 500, after having done it
    kBreaksOff,  // the connection ends before a head
    kHalf,       // ... or in the middle of the body
    kEarly,      // answers before it has read the request
  };
  uint64_t number = 0;
  size_t caller = 0;  // which node's agent calls
  std::string method;
  std::string path;  // "/work/17"
  std::string agent = "worker-0";
  bool idempotent = false;
  bool keyed = false;  // bears an idempotency key
  std::vector<std::string> labels;
  std::optional<Duration> timeout;
  size_t request_bytes = 0;
  size_t response_bytes = 0;
  Duration think{0};  // the agent's time for it
  Answer answer = Answer::kWhole;
  std::vector<std::string> answer_labels;
  std::optional<Duration> leaves_after;  // the caller loses patience
  Duration at{0};                        // when it begins
};

}  // namespace herald::simulation
