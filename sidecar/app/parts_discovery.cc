// SPDX-License-Identifier: Apache-2.0
//
// Who hears of changes among the peers, and what is shown of their sources.
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/json/json.h"
#include "sidecar/app/parts.h"

namespace herald::app {
namespace {

// As many peers are kept connected before a call needs them.
constexpr size_t kWarmPeers = 64;

// Once in so many changes of discovery all that is remembered of peers is gone
// through, not only what is remembered of those that changed.
constexpr uint64_t kFullReview = 256;

}  // namespace

void Sidecar::Parts::OnSnapshot(const discovery::Snapshot& snapshot,
                                std::span<const std::string> names) {
  // Peers with calls in flight are forgotten later, among all others.
  if (snapshot.version() % kFullReview == 0) {
    peers_.Retain(snapshot);
  } else {
    peers_.Retain(snapshot, names);
  }
  pool_->Retain(snapshot, names);
  network_moves_->OnSnapshot();
  std::vector<discovery::EndpointPtr> first;
  for (const discovery::EndpointPtr& peer : snapshot.peers()) {
    if (first.size() == kWarmPeers) break;
    first.push_back(peer);
  }
  pool_->Warm(first);
  outbound_->watches().OnPeers(names);
}

void Sidecar::Parts::ShowDiscovery() {
  peers_.OnGreeting([this](const std::string& peer) {
    outbound_->watches().OnPeers({&peer, 1});
  });
  // A source may be away for an hour without a call noticing; operators should.
  metrics_.OnCollect([this] {
    for (const discovery::SourceStatus& status : directory_.statuses()) {
      const Duration age =
          status.stale_since ? loop_.Now() - *status.stale_since : Duration(0);
      std::string labels = "source=";
      json::AppendQuoted(labels, status.source);
      metrics_
          .gauge("herald_discovery_stale_seconds",
                 "For how long a source of discovery has said nothing that "
                 "could be used; its last word is in force.",
                 labels)
          .Set(std::chrono::duration<double>(age).count());
    }
  });
}

// What an agent says of itself reaches others with the next greeting or where
// we publish it, and our own agents at once.
void Sidecar::Parts::StartCards() {
  agent_cards_ = std::make_unique<AgentCards>(
      loop_, random_, config_.agents, [this](const discovery::AgentInfo& told) {
        for (discovery::AgentInfo& own : environment_->self.agents) {
          if (own.name == told.name) own = told;
        }
        log_.Info("card_read",
                  {{"agent", told.name},
                   {"skills", std::to_string(told.skills.size())}});
        outbound_->watches().OnOwnAgents();
        (void)PublishSelf();  // it did, so it does again
      });
  agent_cards_->Start();
}

}  // namespace herald::app
