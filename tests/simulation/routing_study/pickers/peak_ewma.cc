// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/pickers/peak_ewma.h"

#include <cmath>

#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"
#include "tests/simulation/routing_study/world.h"

namespace herald::study {
namespace {

constexpr double kDecay = 10e9;    // ns
constexpr double kPenalty = 1e18;  // of the unknown and busy

class PeakEwmaPicker final : public Baseline {
 public:
  explicit PeakEwmaPicker(const PickerParts& parts)
      : Baseline(parts, kFinagleAccrual), ewma_(parts.servers.size()) {}

  void OnFirstByte(size_t server, const Question&, Duration ttfb,
                   Time now) override {
    ewma_.Observe(server, ttfb, now);
  }
  void OnDone(size_t server, bool failed, Time now) override {
    Baseline::OnDone(server, failed, now);
    if (failed) ewma_.Observe(server, kDeadline, now);
  }

 private:
  size_t Choose(const std::vector<size_t>& usable, Time now) override {
    if (usable.size() == 1) return usable[0];
    const size_t first = random_.Below(usable.size());
    const size_t second =
        (first + 1 + random_.Below(usable.size() - 1)) % usable.size();
    const size_t a = usable[first], b = usable[second];
    const bool less =
        ewma_.Cost(b, active_[b], now) < ewma_.Cost(a, active_[a], now);
    return less ? b : a;
  }

  PeakEwma ewma_;
};

}  // namespace

void PeakEwma::Observe(size_t server, Duration latency, Time now) {
  Average& average = servers_[server];
  const double fresh = static_cast<double>(latency.count());
  const double age = static_cast<double>((now - average.stamp).count());
  average.stamp = now;
  if (fresh > average.cost) {
    average.cost = fresh;
    return;
  }
  const double weight = std::exp(-age / kDecay);
  average.cost = average.cost * weight + fresh * (1 - weight);
}

double PeakEwma::Cost(size_t server, uint32_t pending, Time now) {
  Observe(server, Duration(0), now);
  const double cost = servers_[server].cost;
  if (cost == 0 && pending > 0) return kPenalty + pending;
  return cost * (pending + 1);
}

std::unique_ptr<Picker> MakePeakEwma(const PickerParts& parts) {
  return std::make_unique<PeakEwmaPicker>(parts);
}

}  // namespace herald::study
