// SPDX-License-Identifier: Apache-2.0
//
// Any server, with Envoy's ejection: what a service address of Kubernetes
// amounts to.
#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

class RandomPicker final : public Baseline {
 public:
  explicit RandomPicker(const PickerParts& parts)
      : Baseline(parts, kEnvoyEjection) {}

 private:
  size_t Choose(const std::vector<size_t>& usable, Time) override {
    return AnyOf(usable);
  }
};

}  // namespace

std::unique_ptr<Picker> MakeRandom(const PickerParts& parts) {
  return std::make_unique<RandomPicker>(parts);
}

}  // namespace herald::study
