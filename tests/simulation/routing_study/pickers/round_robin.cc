// SPDX-License-Identifier: Apache-2.0
//
// One after the other, each sidecar from a start of its own, with Envoy's
// ejection.
#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

class RoundRobin final : public Baseline {
 public:
  explicit RoundRobin(const PickerParts& parts)
      : Baseline(parts, kEnvoyEjection),
        next_(random_.Below(parts.servers.size())) {}

 private:
  size_t Choose(const std::vector<size_t>& usable, Time) override {
    return usable[next_++ % usable.size()];
  }

  size_t next_;
};

}  // namespace

std::unique_ptr<Picker> MakeRoundRobin(const PickerParts& parts) {
  return std::make_unique<RoundRobin>(parts);
}

}  // namespace herald::study
