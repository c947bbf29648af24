// SPDX-License-Identifier: Apache-2.0
//
// Where peers are learned from: a file, Kubernetes, etcd. A source tells its
// whole list, or what changed in it, and how it fares. A source that breaks or
// goes silent says so and keeps quiet about peers: what it told last stays in
// force.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

// How a source fares: for logs, metrics, /peers and `herald peers`.
struct SourceStatus {
  std::string source;  // "file peers.yaml"
  // False: stale. What is in force may be older than the source; its peers
  // stay usable, since what is really dead is found by transport.
  bool ok = false;
  // Since when it is stale; nothing while ok. The directory keeps it.
  std::optional<Time> stale_since;
  // Rendered issues or an error; warnings only when ok.
  std::string problem;
  uint64_t loads = 0;     // that came into force
  uint64_t failures = 0;  // that were refused
  bool operator==(const SourceStatus&) const = default;
};

// What a source tells to.
class SourceSink {
 public:
  virtual ~SourceSink() = default;
  // All peers this source knows now.
  virtual void OnPeers(std::vector<EndpointPtr> peers) = 0;
  // What is different from its last word: `upserts` has every way to each peer
  // that it names, `removals` the names of peers that are gone. Costs what
  // changed, however many there are.
  virtual void OnChange(std::vector<EndpointPtr> upserts,
                        std::vector<std::string> removals) = 0;
  // Told with every attempt, after OnPeers where there is one.
  virtual void OnStatus(const SourceStatus& status) = 0;
};

// One thread, that of the loop. Start may tell what it knows before it
// returns, so that a sidecar has its peers when it begins to listen.
class Source {
 public:
  virtual ~Source() = default;
  // `sink` outlives the source, or Stop comes first. REQUIRES: not started.
  virtual void Start(SourceSink* sink) = 0;
  // Nothing is told after it.
  virtual void Stop() = 0;
};

}  // namespace herald::discovery
