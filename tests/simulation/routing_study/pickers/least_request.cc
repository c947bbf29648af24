// SPDX-License-Identifier: Apache-2.0
//
// Envoy's least request: of two at random the one with fewer calls of ours in
// flight; or the least of all (its full scan), ties at random.
#include <algorithm>

#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

class LeastRequest final : public Baseline {
 public:
  LeastRequest(const PickerParts& parts, bool full_scan)
      : Baseline(parts, kEnvoyEjection), full_scan_(full_scan) {}

 private:
  size_t Choose(const std::vector<size_t>& usable, Time) override {
    if (!full_scan_) return LessActiveOfTwo(usable);
    uint32_t least = UINT32_MAX;
    for (size_t i : usable) least = std::min(least, active_[i]);
    std::vector<size_t> best;
    for (size_t i : usable) {
      if (active_[i] == least) best.push_back(i);
    }
    return AnyOf(best);
  }

  const bool full_scan_;
};

}  // namespace

std::unique_ptr<Picker> MakeLeastRequestOfTwo(const PickerParts& parts) {
  return std::make_unique<LeastRequest>(parts, false);
}

std::unique_ptr<Picker> MakeLeastRequestOfAll(const PickerParts& parts) {
  return std::make_unique<LeastRequest>(parts, true);
}

}  // namespace herald::study
