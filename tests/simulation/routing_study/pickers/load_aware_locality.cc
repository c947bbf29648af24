// SPDX-License-Identifier: Apache-2.0
//
// Envoy's load_aware_locality, after its documentation: a site weighs its
// servers times (1 - utilization); utilization comes with responses, smoothed
// over 5 s and applied each second; while the local site is at most 0.1 above
// the others it takes all, but for 3 % that keep the others measured.
#include <algorithm>
#include <cmath>

#include "tests/simulation/routing_study/pickers/baseline.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kUpdate = seconds(1);
constexpr Duration kExpiry = minutes(3);
const double kSmoothing = 1 - std::exp(-1.0 / 5);  // of one update in 5 s
constexpr double kVariance = 0.1;
constexpr double kProbeShare = 0.03;
constexpr size_t kLocal = 0;

struct Site {
  std::vector<size_t> servers;
  double utilization = 0;  // smoothed
  double share = 0;
};

class LoadAwareLocality final : public Baseline {
 public:
  explicit LoadAwareLocality(const PickerParts& parts)
      : Baseline(parts, kEnvoyEjection), reports_(parts.servers.size()) {
    for (size_t i = 0; i < parts.servers.size(); ++i) {
      const size_t site = parts.servers[i].site;
      sites_.resize(std::max(sites_.size(), site + 1));
      sites_[site].servers.push_back(i);
    }
  }

  void OnReport(size_t server, const routing::LoadReport& report,
                Time now) override {
    const double load = static_cast<double>(report.in_flight) / report.limit;
    reports_[server] = {std::min(1.0, load), now};
  }

 private:
  struct Report {
    double utilization = 0;
    std::optional<Time> at;
  };

  size_t Choose(const std::vector<size_t>& usable, Time now) override {
    if (now - updated_ >= kUpdate) Update(now);
    double draw = random_.Unit();
    size_t site = 0;
    while (site + 1 < sites_.size() && draw >= sites_[site].share) {
      draw -= sites_[site++].share;
    }
    std::vector<size_t> there;
    for (size_t i : usable) {
      if (servers_[i].site == site) there.push_back(i);
    }
    return LessActiveOfTwo(there.empty() ? usable : there);
  }

  void Update(Time now) {
    updated_ = now;
    double remote = 0, remote_servers = 0, sum = 0;
    for (size_t s = 0; s < sites_.size(); ++s) {
      Site& site = sites_[s];
      double used = 0;
      for (size_t i : site.servers) {
        const Report& report = reports_[i];
        if (report.at && now - *report.at < kExpiry) used += report.utilization;
      }
      const auto count = static_cast<double>(site.servers.size());
      site.utilization += kSmoothing * (used / count - site.utilization);
      site.share = count * (1 - site.utilization);
      sum += site.share;
      if (s == kLocal) continue;
      remote += site.utilization * count;
      remote_servers += count;
    }
    Share(sum, remote / remote_servers, remote_servers);
  }

  void Share(double sum, double remote, double remote_servers) {
    const bool all_local = sites_[kLocal].utilization <= remote + kVariance;
    for (size_t s = 0; s < sites_.size(); ++s) {
      Site& site = sites_[s];
      const auto count = static_cast<double>(site.servers.size());
      const double probes = kProbeShare * count / remote_servers;
      if (all_local) {
        site.share = s == kLocal ? 1 - kProbeShare : probes;
      } else {
        site.share = sum > 0 ? site.share / sum : 0;
      }
    }
  }

  std::vector<Site> sites_;
  std::vector<Report> reports_;
  Time updated_{};
};

}  // namespace

std::unique_ptr<Picker> MakeLoadAwareLocality(const PickerParts& parts) {
  return std::make_unique<LoadAwareLocality>(parts);
}

}  // namespace herald::study
