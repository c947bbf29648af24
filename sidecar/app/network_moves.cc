// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/network_moves.h"

#include <utility>

namespace herald::app {
namespace {

// One system call each; a machine's peers leave by a few addresses at most.
constexpr size_t kLookedAt = 64;

}  // namespace

NetworkMoves::NetworkMoves(const Parts& parts)
    : parts_(parts),
      moves_(parts.metrics.counter(
          "herald_network_moves_total",
          "changes of the address of ours that peers see")) {
  auto watch = net::AddressWatch::Open(parts.loop, [this] { OnChange(); });
  if (watch.ok()) {
    watch_ = std::move(*watch);
  } else {
    parts.log.Warning("no_address_watch",
                      {{"why", Message(watch.status())},
                       {"effect",
                        "after a change of network, connections are found "
                        "dead by their silence"}});
  }
}

void NetworkMoves::OnSnapshot() {
  std::vector<discovery::EndpointPtr> first;
  for (const discovery::EndpointPtr& peer : parts_.snapshot()->peers()) {
    if (first.size() == kLookedAt) break;
    if (peer->binding == discovery::Binding{}) first.push_back(peer);
  }
  // In a large fleet most changes are none of these.
  if (first == looked_at_) return;
  looked_at_ = std::move(first);
  sources_.clear();
  Look();
}

bool NetworkMoves::Look() {
  bool moved = false;
  for (const discovery::EndpointPtr& peer : looked_at_) {
    auto source = net::SourceTowards(peer->address);
    if (!source) continue;  // no network yet: what was there before counts
    auto [known, is_new] =
        sources_.try_emplace(peer->address.ToString(), *source);
    moved |= !is_new && !(known->second == *source);
    known->second = *source;
  }
  return moved;
}

void NetworkMoves::OnChange() {
  if (!Look()) return;
  parts_.show_peers();
  moves_.Add();
  parts_.log.Info("network_moved",
                  {{"now_from", sources_.begin()->second.ToString()}});
}

}  // namespace herald::app
