// SPDX-License-Identifier: Apache-2.0
//
// What this sidecar has learnt of its peers, beyond what discovery says: the
// routing state that transport's measurements and reports feed, and the
// methods each peer's agents declare idempotent (told in its greeting).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/event_loop.h"
#include "discovery/snapshot.h"
#include "sidecar/call/context.h"
#include "sidecar/call/next_hop.h"

namespace herald::routing {
class Balancer;
class PeerState;
class WayState;
}  // namespace herald::routing

namespace herald::call {

// Owned by app; the loop outlives it. One thread.
class PeerBook final : public PeerEvents {
 public:
  explicit PeerBook(EventLoop& loop);
  ~PeerBook() override;

  // Who we are: of many peers, each caller uses some of its own.
  void SetSelf(std::string_view identity);

  routing::Balancer& balancer() { return *balancer_; }
  routing::PeerState& State(const std::string& peer);
  // One way to it.
  routing::WayState& WayTo(const discovery::Endpoint& peer);

  // Whether `method path` of `agent` at that peer may be repeated: a safe
  // method, or declared by discovery or by the peer itself.
  bool IsIdempotent(const discovery::Endpoint& peer, std::string_view agent,
                    std::string_view method, std::string_view path) const;

  // A new snapshot: forgets peers that are gone.
  void Retain(const discovery::Snapshot& snapshot);
  // The same for the peers of these names, which are all that changed.
  void Retain(const discovery::Snapshot& snapshot,
              std::span<const std::string> names);

  // What that peer said of an agent of its own when it greeted; null: nothing.
  const discovery::AgentInfo* Said(std::string_view peer,
                                   std::string_view agent) const;
  // Runs `fn` whenever a peer says something new of its agents.
  void OnGreeting(std::function<void(const std::string& peer)> fn) {
    greeted_ = std::move(fn);
  }

  // What a peer said, on this connection, of its memory of keyed calls.
  struct Memory {
    uint64_t id = 0;
    Time since{};  // all that began later is remembered
    Time heard{};
  };
  const Memory* MemoryOf(const std::string& peer) const;
  // With each response and each answer to a probe.
  void OnReply(const std::string& peer, const ReplyContext& reply);
  // Calls `fn` once, from inside the loop, when next the peer says what it
  // remembers. 0 is no wait.
  uint64_t AwaitWord(const std::string& peer, std::function<void()> fn);
  // The same, when next a peer is up that was not.
  uint64_t AwaitUp(std::function<void()> fn);
  void ForgetWait(uint64_t wait) { waits_.erase(wait); }

  // PeerEvents
  void OnLink(const discovery::Endpoint& peer, routing::Link link) override;
  void OnRtt(const discovery::Endpoint& peer, Duration smoothed,
             Duration variation) override;
  void OnProbe(const discovery::Endpoint& peer, const http::ResponseHead& head,
               const std::string& body) override;

 private:
  EventLoop& loop_;
  // Behind a pointer: what includes this header is not built anew for every
  // change of routing.
  std::unique_ptr<routing::Balancer> balancer_;
  // peer -> the agents it says it serves
  std::map<std::string, std::vector<discovery::AgentInfo>, std::less<>>
      greetings_;
  std::function<void(const std::string& peer)> greeted_;
  std::map<std::string, Memory, std::less<>> memories_;
  enum class News { kWord, kUp };
  struct Wait {
    News news;
    std::string peer;  // empty: any
    std::function<void()> fn;
  };
  uint64_t Await(Wait wait);
  void Tell(News news, const std::string& peer);
  std::map<uint64_t, Wait> waits_;
  uint64_t last_wait_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::call
