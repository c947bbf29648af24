// SPDX-License-Identifier: Apache-2.0
//
// Sees every queue, every call on its way and who is dead, at this moment,
// and takes the server where a call of mean work would have its first byte
// soonest; with handicaps, plus what staying close is worth. It cannot see
// what is yet to come, so it still loses what a dying server had.
#include "core/base/random.h"
#include "sidecar/routing/balancer.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

class Oracle final : public Picker {
 public:
  Oracle(const PickerParts& parts, bool handicaps)
      : servers_(parts.servers), truth_(parts.truth), random_(parts.seed) {
    if (!handicaps) handicap_.fill(Duration(0));
  }

  std::optional<size_t> Pick(const Question&, Time) override {
    std::vector<size_t> best;
    Duration least = Duration::max();
    double load = 0;
    for (size_t i = 0; i < servers_.size(); ++i) {
      const Duration cost =
          truth_.Expected(i) + handicap_[static_cast<size_t>(servers_[i].tier)];
      const double own_load = truth_.Load(i);
      if (cost > least || (cost == least && own_load > load)) continue;
      if (cost < least || own_load < load) best.clear();
      least = cost;
      load = own_load;
      best.push_back(i);
    }
    return best[random_.Below(best.size())];
  }

 private:
  const std::vector<ServerFacts>& servers_;
  const Truth& truth_;
  Random random_;
  std::array<Duration, kTierCount> handicap_ = routing::Preference{}.handicap;
};

}  // namespace

std::unique_ptr<Picker> MakeOracle(const PickerParts& parts) {
  return std::make_unique<Oracle>(parts, false);
}

std::unique_ptr<Picker> MakeOracleWithHandicaps(const PickerParts& parts) {
  return std::make_unique<Oracle>(parts, true);
}

}  // namespace herald::study
