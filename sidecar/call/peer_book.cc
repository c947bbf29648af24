// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/peer_book.h"

#include <algorithm>
#include <utility>

#include "sidecar/call/addressing.h"
#include "sidecar/call/catalogue.h"
#include "sidecar/call/context.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

bool Declares(const discovery::AgentInfo& agent, std::string_view method,
              std::string_view path) {
  return std::any_of(agent.idempotent.begin(), agent.idempotent.end(),
                     [&](const std::string& pattern) {
                       return MatchesIdempotent(pattern, method, path);
                     });
}

}  // namespace

PeerBook::PeerBook(EventLoop& loop)
    : loop_(loop), balancer_(std::make_unique<routing::Balancer>()) {}

PeerBook::~PeerBook() = default;

void PeerBook::SetSelf(std::string_view identity) {
  balancer_->SetSelf(identity);
}

routing::PeerState& PeerBook::State(const std::string& peer) {
  return balancer_->Peer(peer);
}

routing::WayState& PeerBook::WayTo(const discovery::Endpoint& peer) {
  return State(peer.name).Way(peer.way);
}

bool PeerBook::IsIdempotent(const discovery::Endpoint& peer,
                            std::string_view agent, std::string_view method,
                            std::string_view path) const {
  if (IsSafeMethod(method)) return true;
  const discovery::AgentInfo* known = peer.FindAgent(agent);
  if (known != nullptr && Declares(*known, method, path)) return true;
  const discovery::AgentInfo* said = Said(peer.name, agent);
  return said != nullptr && Declares(*said, method, path);
}

const discovery::AgentInfo* PeerBook::Said(std::string_view peer,
                                           std::string_view agent) const {
  auto greeting = greetings_.find(peer);
  if (greeting == greetings_.end()) return nullptr;
  for (const discovery::AgentInfo& said : greeting->second) {
    if (said.name == agent) return &said;
  }
  return nullptr;
}

void PeerBook::Retain(const discovery::Snapshot& snapshot) {
  std::erase_if(memories_, [&snapshot](const auto& each) {
    return snapshot.FindPeer(each.first) == nullptr;
  });
  balancer_->Retain(snapshot);
  for (auto it = greetings_.begin(); it != greetings_.end();) {
    bool known = snapshot.FindPeer(it->first) != nullptr;
    it = known ? std::next(it) : greetings_.erase(it);
  }
}

void PeerBook::Retain(const discovery::Snapshot& snapshot,
                      std::span<const std::string> names) {
  balancer_->Retain(snapshot, names);
  for (const std::string& name : names) {
    if (snapshot.FindPeer(name) != nullptr) continue;
    memories_.erase(name);
    greetings_.erase(name);
  }
}

void PeerBook::OnLink(const discovery::Endpoint& peer, routing::Link link) {
  State(peer.name).SetLink(link, loop_.Now(), peer.way);
  // What answers next may be another process.
  if (link == routing::Link::kDown) memories_.erase(peer.name);
  if (link == routing::Link::kUp) Tell(News::kUp, peer.name);
}

const PeerBook::Memory* PeerBook::MemoryOf(const std::string& peer) const {
  auto known = memories_.find(peer);
  return known == memories_.end() ? nullptr : &known->second;
}

void PeerBook::OnReply(const std::string& peer, const ReplyContext& reply) {
  const Time now = loop_.Now();
  State(peer).OnReport(reply.load, now);
  if (!reply.memory) return;
  // It was said some time ago, by a clock that may run a thousandth slower:
  // this is never too early.
  const Duration reach = reply.memory->reach - reply.memory->reach / 1000;
  memories_[peer] = {reply.memory->id, now - reach, now};
  Tell(News::kWord, peer);
}

void PeerBook::Tell(News news, const std::string& peer) {
  if (waits_.empty()) return;
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_), news, peer] {
    if (alive.expired()) return;
    std::vector<uint64_t> due;
    for (const auto& [id, wait] : waits_) {
      const bool whose = wait.peer.empty() || wait.peer == peer;
      if (wait.news == news && whose) due.push_back(id);
    }
    for (uint64_t id : due) {  // one may forget another
      auto wait = waits_.extract(id);
      if (wait) wait.mapped().fn();
    }
  });
}

uint64_t PeerBook::AwaitWord(const std::string& peer,
                             std::function<void()> fn) {
  return Await({News::kWord, peer, std::move(fn)});
}

uint64_t PeerBook::AwaitUp(std::function<void()> fn) {
  return Await({News::kUp, "", std::move(fn)});
}

uint64_t PeerBook::Await(Wait wait) {
  waits_.emplace(++last_wait_, std::move(wait));
  return last_wait_;
}

void PeerBook::OnRtt(const discovery::Endpoint& peer, Duration smoothed,
                     Duration variation) {
  WayTo(peer).OnRtt(smoothed, variation);
}

void PeerBook::OnProbe(const discovery::Endpoint& peer,
                       const http::ResponseHead& head,
                       const std::string& body) {
  if (auto packed = head.headers.Get(kContextHeader)) {
    if (auto reply = UnpackReply(*packed)) {
      OnReply(peer.name, *reply);
    }
  }
  if (body.empty()) return;
  auto agents = ParseCatalogue(body);
  if (!agents) return;
  std::vector<discovery::AgentInfo>& said = greetings_[peer.name];
  if (said == *agents) return;
  said = std::move(*agents);
  if (greeted_) greeted_(peer.name);
}

}  // namespace herald::call
