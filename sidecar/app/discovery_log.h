// SPDX-License-Identifier: Apache-2.0
//
// What sources of discovery say of themselves, as an operator reads it: a line
// when something about one has changed, not with each attempt of a server that
// is away for an hour.
#pragma once

#include <map>
#include <string>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "discovery/source.h"

namespace herald::app {

// Owned by Sidecar's parts; one thread.
class DiscoveryLog {
 public:
  DiscoveryLog(Log& log, Metrics& metrics);

  void OnStatus(const discovery::SourceStatus& status);

 private:
  Log& log_;
  Counter& failures_;
  std::map<std::string, discovery::SourceStatus> last_;
};

}  // namespace herald::app
