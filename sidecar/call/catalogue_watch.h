// SPDX-License-Identifier: Apache-2.0
//
// `GET /.herald/agents?watch=1`: the catalogue as server-sent events, so that
// an agent hears of others as they come, change and go. First each agent as a
// `changed`, then one `listed`, then what happens:
//
//   event: changed                       event: removed
//   data: {"name":"sum", ...}            data: {"name":"sum"}
//
// A reader who is slow is told the latest, not everything: what waits for it
// are names, and what they mean is looked up when there is room. So a watch
// holds little however long its reader sleeps.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "core/http/exchange.h"
#include "discovery/find.h"
#include "discovery/snapshot.h"
#include "sidecar/call/environment.h"

namespace herald::call {

class CatalogueWatch;

// All watches of one sidecar. Owned by OutboundCalls; `environment` outlives
// it. One thread.
class CatalogueWatches {
 public:
  // As many at once; an agent needs one.
  static constexpr size_t kMost = 64;

  explicit CatalogueWatches(Environment& environment);
  ~CatalogueWatches();

  // REQUIRES: size() < kMost.
  void Start(const discovery::AgentQuery& query,
             std::unique_ptr<http::Stream> stream);

  // The peers of these names are others now, or said something new of their
  // agents.
  void OnPeers(std::span<const std::string> names);
  // Our own agents are others now.
  void OnOwnAgents();
  // Ends all: the sidecar goes.
  void End();

  size_t size() const { return watches_.size(); }

 private:
  friend class CatalogueWatch;

  void Touch(const std::set<std::string, std::less<>>& agents);
  void Retire(CatalogueWatch* watch);

  Environment& environment_;
  discovery::SnapshotPtr seen_;  // as at the last OnPeers
  std::list<std::unique_ptr<CatalogueWatch>> watches_;
  std::list<std::unique_ptr<CatalogueWatch>> retired_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::call
