// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/pickers/baseline.h"

namespace herald::study {

Baseline::Baseline(const PickerParts& parts, const EjectionRule& rule)
    : servers_(parts.servers),
      random_(parts.seed),
      active_(parts.servers.size()),
      ejection_(rule, parts.servers.size()),
      down_(parts.servers.size()) {}

bool Baseline::Usable(size_t server, Time now) const {
  return !down_[server] && !ejection_.Ejected(server, now);
}

std::optional<size_t> Baseline::Pick(const Question&, Time now) {
  std::vector<size_t> usable;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (Usable(i, now)) usable.push_back(i);
  }
  // All are ejected: then any is as good (Envoy's panic mode).
  for (size_t i = 0; usable.empty() && i < servers_.size(); ++i) {
    if (!down_[i]) usable.push_back(i);
  }
  if (usable.empty()) return std::nullopt;
  return Choose(usable, now);
}

void Baseline::OnDone(size_t server, bool failed, Time now) {
  --active_[server];
  ejection_.OnDone(server, failed, now);
}

void Baseline::OnLink(size_t server, routing::Link link, Time) {
  down_[server] = link == routing::Link::kDown;
}

size_t Baseline::LessActiveOfTwo(const std::vector<size_t>& servers) {
  const size_t a = AnyOf(servers), b = AnyOf(servers);
  return active_[b] < active_[a] ? b : a;
}

}  // namespace herald::study
