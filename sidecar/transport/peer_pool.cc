// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/peer_pool.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::transport {
namespace {

// After a renewal of our identity connections are replaced over so many
// reviews, lest all of them shake hands at once.
constexpr uint64_t kRenewalSpread = 5;

}  // namespace

PeerPool::PeerPool(const PoolParts& parts, const PoolOptions& options)
    : parts_(parts), options_(options) {}

PeerPool::~PeerPool() {
  peers_.clear();
  retired_.clear();
  parts_.endpoint.FlushNow();
}

PeerPool::Key PeerPool::KeyOf(const discovery::Endpoint& peer) {
  const discovery::Binding& by = peer.binding;
  return peer.Label() + '\n' + peer.address.ToString() + '\n' + *peer.identity +
         '\n' + (by.source ? by.source->ToString() : "") + '\n' + by.interface +
         '\n' + std::to_string(by.dscp.value_or(0));
}

PeerConnection& PeerPool::Get(const discovery::EndpointPtr& peer) {
  auto known = known_.find(peer.get());
  if (known != known_.end()) return *known->second.connection;
  PeerConnection& made = Make(peer);
  known_[peer.get()] = {peer, &made};
  return made;
}

PeerConnection& PeerPool::Make(const discovery::EndpointPtr& peer) {
  std::unique_ptr<PeerConnection>& slot = peers_[KeyOf(*peer)];
  if (!slot) {
    slot = std::make_unique<PeerConnection>(parts_, options_, peer);
    if (draining_) slot->Retire();
  }
  return *slot;
}

std::unique_ptr<http::Stream> PeerPool::Open(policy::Permit permit,
                                             const call::Target& target,
                                             const http::RequestHead& head,
                                             bool end,
                                             http::StreamEvents* events) {
  HERALD_CHECK(target.peer != nullptr, "agents of our own go another way");
  // The permit is used up by being here.
  [[maybe_unused]] policy::Permit used = std::move(permit);
  return Get(target.peer).Open(head, end, events);
}

void PeerPool::ProbeSoon(const discovery::Endpoint& peer) {
  auto found = known_.find(&peer);
  if (found != known_.end()) found->second.connection->ProbeSoon();
}

void PeerPool::ProbeAll() {
  for (auto& [key, peer] : peers_) peer->ProbeNow();
}

void PeerPool::Warm(std::span<const discovery::EndpointPtr> peers) {
  for (const discovery::EndpointPtr& peer : peers) Get(peer).Warm();
}

void PeerPool::Retain(const discovery::Snapshot& snapshot) {
  RetainWhere(snapshot, [](const std::string&) { return true; });
}

void PeerPool::Retain(const discovery::Snapshot& snapshot,
                      std::span<const std::string> names) {
  RetainWhere(snapshot, [names](const std::string& name) {
    return std::binary_search(names.begin(), names.end(), name);
  });
}

// Walks what this pool has met, which may be little of what discovery knows.
template <typename Concerned>
void PeerPool::RetainWhere(const discovery::Snapshot& snapshot,
                           Concerned concerned) {
  Sweep();
  absl::erase_if(known_, [&](const auto& each) {
    return concerned(each.second.peer->name);
  });
  for (auto it = peers_.begin(); it != peers_.end();) {
    const std::string& name = it->second->peer().name;
    if (!concerned(name)) {
      ++it;
      continue;
    }
    const auto ways = snapshot.WaysTo(name);
    const auto same =
        std::find_if(ways.begin(), ways.end(),
                     [&](const auto& way) { return KeyOf(*way) == it->first; });
    if (same != ways.end()) {
      it->second->Update(*same);
      ++it;
      continue;
    }
    it->second->Retire();
    retired_.push_back(std::move(it->second));
    it = peers_.erase(it);
  }
}

void PeerPool::Review(WallTime now) {
  uint64_t number = ++reviews_;
  for (auto& [key, peer] : peers_) {
    peer->Review(now, number++ % kRenewalSpread == 0);
  }
  for (auto& peer : retired_) peer->Review(now, false);
}

void PeerPool::Drain() {
  draining_ = true;
  for (auto& [key, peer] : peers_) peer->Retire();
}

// Forgets those that have finished. They are few and cost nothing to keep
// until somebody comes by.
void PeerPool::Sweep() {
  std::erase_if(retired_,
                [](const auto& peer) { return peer->retired_and_empty(); });
}

std::vector<PeerDescription> PeerPool::DescribePeers() const {
  std::vector<PeerDescription> all;
  for (const auto& [key, peer] : peers_) all.push_back(peer->Describe());
  return all;
}

bool PeerPool::IsOverTcp(const discovery::Endpoint& peer) const {
  auto known = peers_.find(KeyOf(peer));
  return known != peers_.end() && known->second->Describe().over_tcp;
}

size_t PeerPool::open_streams() const {
  size_t sum = 0;
  for (const auto& [key, peer] : peers_) {
    PeerDescription d = peer->Describe();
    sum += d.open_streams + d.waiting;
  }
  return sum;
}

}  // namespace herald::transport
