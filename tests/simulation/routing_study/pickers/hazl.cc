// SPDX-License-Identifier: Apache-2.0
//
// After the documentation of Linkerd's high-availability zonal balancing: the
// local servers, and remote ones added one at a time while load (latency times
// throughput of a server, as this caller sees it) is above 2.0, taken away
// while it is below 0.8. Within the set, Peak EWMA of two. The band is the
// documented default; with the few calls of one sidecar it is a wide one.
#include <algorithm>
#include <cmath>

#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/peak_ewma.h"
#include "tests/simulation/routing_study/pickers/roster.h"
#include "tests/simulation/routing_study/world.h"

namespace herald::study {
namespace {

constexpr double kMost = 2.0;
constexpr double kLeast = 0.8;
constexpr Duration kUpdate = std::chrono::seconds(1);
const double kSmoothing = 1 - std::exp(-1.0 / 5);

class Hazl final : public Baseline {
 public:
  explicit Hazl(const PickerParts& parts)
      : Baseline(parts, kLinkerdBreaker), ewma_(parts.servers.size()) {}

  void OnFirstByte(size_t server, const Question&, Duration ttfb,
                   Time now) override {
    Observe(server, ttfb, now);
  }
  void OnDone(size_t server, bool failed, Time now) override {
    Baseline::OnDone(server, failed, now);
    if (failed) Observe(server, kDeadline, now);
  }

 private:
  void Observe(size_t server, Duration latency, Time now) {
    ewma_.Observe(server, latency, now);
    latency_sum_ += ToMillis(latency) / 1000;
  }

  size_t Choose(const std::vector<size_t>& usable, Time now) override {
    size_t local = 0;
    for (size_t i : usable) local += servers_[i].site == 0;
    const size_t most = usable.size() - local;
    if (now - updated_ >= kUpdate) Update(local, most, now);
    remote_ = std::min(remote_, most);
    // Servers are in order of distance.
    const size_t set = std::max<size_t>(1, local + remote_);
    const size_t a = usable[random_.Below(set)];
    const size_t b = usable[random_.Below(set)];
    const bool less =
        ewma_.Cost(b, active_[b], now) < ewma_.Cost(a, active_[a], now);
    return less ? b : a;
  }

  void Update(size_t local, size_t most, Time now) {
    const double seconds = ToMillis(now - updated_) / 1000;
    updated_ = now;
    load_ += kSmoothing * (latency_sum_ / seconds - load_);
    latency_sum_ = 0;
    const auto set = static_cast<double>(std::max<size_t>(1, local + remote_));
    if (load_ / set > kMost && remote_ < most) ++remote_;
    if (load_ / set < kLeast && remote_ > 0) --remote_;
  }

  PeakEwma ewma_;
  double latency_sum_ = 0;  // seconds, since the last update
  double load_ = 0;         // seconds of waiting a second
  size_t remote_ = 0;       // servers beyond the local ones
  Time updated_{};
};

}  // namespace

std::unique_ptr<Picker> MakeHazl(const PickerParts& parts) {
  return std::make_unique<Hazl>(parts);
}

}  // namespace herald::study
