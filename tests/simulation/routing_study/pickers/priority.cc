// SPDX-License-Identifier: Apache-2.0
//
// Envoy's priorities, one a site, nearest first: a site takes
// min(100, 140 * healthy / all) percent, the next what is left. Load moves
// nothing, only health does. Within a site, least request of two.
#include <algorithm>

#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

constexpr size_t kOverprovisioning = 140;  // percent

class Priority final : public Baseline {
 public:
  explicit Priority(const PickerParts& parts)
      : Baseline(parts, kEnvoyEjection) {
    for (const ServerFacts& server : parts.servers) {
      sizes_.resize(std::max(sizes_.size(), server.site + 1));
      ++sizes_[server.site];
    }
  }

 private:
  size_t Choose(const std::vector<size_t>& usable, Time) override {
    std::vector<std::vector<size_t>> sites(sizes_.size());
    for (size_t i : usable) sites[servers_[i].site].push_back(i);
    std::vector<size_t> takes(sizes_.size());
    size_t left = 100;
    for (size_t p = 0; p < sites.size(); ++p) {
      const size_t health = kOverprovisioning * sites[p].size() / sizes_[p];
      takes[p] = std::min(left, health);
      left -= takes[p];
    }
    // Where all together are below 100, their shares are scaled up.
    size_t draw = random_.Below(100 - left);
    size_t p = 0;
    while (draw >= takes[p]) draw -= takes[p++];
    return LessActiveOfTwo(sites[p]);
  }

  std::vector<size_t> sizes_;
};

}  // namespace

std::unique_ptr<Picker> MakePriority(const PickerParts& parts) {
  return std::make_unique<Priority>(parts);
}

}  // namespace herald::study
