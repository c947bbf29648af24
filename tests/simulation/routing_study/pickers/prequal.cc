// SPDX-License-Identifier: Apache-2.0
//
// Prequal (Wydrowski et al., NSDI'24) with the paper's constants: 3 probes
// with each call, a pool of 16 answers at most a second old, one removed with
// each call (the oldest and the worst in turns), hot above the 0.84 quantile
// of requests in flight; the fastest of the cold, else the least loaded. With
// 20 servers its bound of reuses has no positive value and does not bind. The
// paper names no ejection; it gets Envoy's. Its latency is the server's own;
// `+ RTT` adds the probe's round trip, which its data centre did not need.
#include <algorithm>
#include <array>

#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

constexpr size_t kPool = 16;
constexpr size_t kProbes = 3;
constexpr size_t kLeastPool = 2;
constexpr Duration kOldest = std::chrono::seconds(1);
constexpr double kHotQuantile = 0.84;
constexpr size_t kRemembered = 128;  // loads, for the quantile

class Prequal final : public Baseline {
 public:
  Prequal(const PickerParts& parts, bool with_rtt)
      : Baseline(parts, kEnvoyEjection), with_rtt_(with_rtt) {}

  void ProbeAfterPick(Time now, std::vector<size_t>* servers) override {
    std::vector<size_t> usable;
    for (size_t i = 0; i < servers_.size(); ++i) {
      if (Usable(i, now)) usable.push_back(i);
    }
    for (size_t n = 0; n < kProbes && !usable.empty(); ++n) {
      const size_t at = random_.Below(usable.size());
      servers->push_back(usable[at]);
      usable.erase(usable.begin() + static_cast<ptrdiff_t>(at));
    }
  }

  void OnProbe(size_t server, const routing::LoadReport& report, Duration rtt,
               Time now) override {
    loads_[load_count_++ % kRemembered] = report.in_flight;
    std::erase_if(pool_,
                  [server](const Probe& p) { return p.server == server; });
    if (pool_.size() == kPool) pool_.erase(pool_.begin());
    Duration latency = report.ttfb.value_or(Duration(0));
    if (with_rtt_) latency += rtt;
    pool_.push_back({server, now, report.in_flight, latency});
  }

 private:
  struct Probe {
    size_t server;
    Time at;
    uint32_t in_flight;
    Duration latency;
  };

  size_t Choose(const std::vector<size_t>& usable, Time now) override {
    std::erase_if(pool_, [this, now](const Probe& p) {
      return now - p.at > kOldest || !Usable(p.server, now);
    });
    if (pool_.size() < kLeastPool) return AnyOf(usable);
    const uint32_t hot = HotAbove();
    auto better = [hot](const Probe& a, const Probe& b) {
      const bool a_hot = a.in_flight > hot, b_hot = b.in_flight > hot;
      if (a_hot != b_hot) return b_hot;
      return a_hot ? a.in_flight < b.in_flight : a.latency < b.latency;
    };
    auto best = std::min_element(pool_.begin(), pool_.end(), better);
    const size_t chosen = best->server;
    ++best->in_flight;
    remove_oldest_ = !remove_oldest_;
    pool_.erase(remove_oldest_
                    ? pool_.begin()
                    : std::max_element(pool_.begin(), pool_.end(), better));
    return chosen;
  }

  uint32_t HotAbove() const {
    const size_t count = std::min(load_count_, kRemembered);
    std::array<uint32_t, kRemembered> loads = loads_;
    auto at =
        loads.begin() +
        static_cast<ptrdiff_t>(static_cast<double>(count - 1) * kHotQuantile);
    std::nth_element(loads.begin(), at,
                     loads.begin() + static_cast<ptrdiff_t>(count));
    return *at;
  }

  const bool with_rtt_;
  std::vector<Probe> pool_;  // oldest first
  std::array<uint32_t, kRemembered> loads_ = {};
  size_t load_count_ = 0;
  bool remove_oldest_ = false;
};

}  // namespace

std::unique_ptr<Picker> MakePrequal(const PickerParts& parts) {
  return std::make_unique<Prequal>(parts, false);
}

std::unique_ptr<Picker> MakePrequalWithRtt(const PickerParts& parts) {
  return std::make_unique<Prequal>(parts, true);
}

}  // namespace herald::study
