// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/discovery_log.h"

namespace herald::app {

DiscoveryLog::DiscoveryLog(Log& log, Metrics& metrics)
    : log_(log),
      failures_(metrics.counter(
          "herald_discovery_failures_total",
          "Texts of discovery that were refused; the last good one stays.")) {}

void DiscoveryLog::OnStatus(const discovery::SourceStatus& status) {
  const discovery::SourceStatus before = last_[status.source];
  last_[status.source] = status;
  if (status.failures > before.failures) {
    failures_.Add(status.failures - before.failures);
  }
  const bool loaded = status.loads > before.loads;
  if (status.ok && (loaded || !before.ok)) {
    log_.Info("discovery_loaded", {{"source", status.source}});
  }
  if (!status.ok && (before.ok || status.problem != before.problem)) {
    log_.Error("discovery_refused",
               {{"source", status.source}, {"why", status.problem}});
  } else if (status.ok && status.problem != before.problem &&
             !status.problem.empty()) {
    log_.Warning("discovery_doubtful",
                 {{"source", status.source}, {"why", status.problem}});
  }
}

}  // namespace herald::app
