// SPDX-License-Identifier: Apache-2.0
//
// What one pick costs: among 20, 64 and 1,000 peers that differ in load and
// distance and have just been heard of, as calls and reports keep them. p50 and
// p99 are of single picks, the clock's own cost (see `clock`) included; the
// calls of the step of the tier control, two a second, are among them.
//
//   scripts/bench route [--benchmark_filter=...]
#include <chrono>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "core/base/random.h"
#include "sidecar/routing/balancer.h"
#include "tests/bench/time_each.h"

namespace herald::routing {
namespace {

using bench::TimeEach;
using namespace std::chrono_literals;

constexpr size_t kWarmUp = 2000;  // until every state has been met
constexpr Time kStart = Time(1h);

// Peers in three tiers, all up and measured.
class World {
 public:
  explicit World(size_t peers) {
    balancer_.SetSelf("spiffe://bench.example/agent/caller");
    constexpr Tier kTiers[] = {Tier::kFarEdge, Tier::kNearEdge, Tier::kCloud};
    for (size_t i = 0; i < peers; ++i) {
      PeerState& peer = balancer_.Peer("peer-" + std::to_string(i));
      const Tier tier = kTiers[i % 3];
      peer.SetLink(Link::kUp, kStart - 1min);
      peer.OnRtt(Millis(1, 10) * (1 + static_cast<int>(tier)), 300us);
      candidates_.push_back({&peer, tier});
      Hear(peer, kStart);
    }
    for (size_t i = 0; i < kContexts; ++i) {
      contexts_.push_back("context-" + std::to_string(i));
    }
  }

  // A call each 10 us of virtual time; now and then a peer is heard of.
  size_t Pick(const Ask& ask) {
    now_ += 10us;
    if (++picks_ % 16 == 0) {
      Hear(*candidates_[picks_ / 16 % candidates_.size()].peer, now_);
    }
    return balancer_.Pick(candidates_, ask, now_, random_)->index;
  }
  std::string_view context() const { return contexts_[picks_ % kContexts]; }

 private:
  static constexpr size_t kContexts = 1000;

  Duration Millis(uint64_t from, uint64_t to) {
    return std::chrono::milliseconds(from + random_.Below(to - from));
  }
  void Hear(PeerState& peer, Time now) {
    peer.OnReport({.in_flight = static_cast<uint32_t>(random_.Below(6)),
                   .limit = 8,
                   .ttfb = Millis(30, 60)},
                  now);
  }

  Random random_{7};
  Balancer balancer_;
  std::vector<Candidate> candidates_;
  std::vector<std::string> contexts_;
  uint64_t picks_ = 0;
  Time now_ = kStart;
};

void BM_clock(benchmark::State& state) {
  TimeEach(state, [](size_t) { return size_t{0}; });
}
BENCHMARK(BM_clock);

void BM_pick(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)));
  TimeEach(
      state, [&](size_t) { return world.Pick({.agent = "summarizer"}); },
      kWarmUp);
}
BENCHMARK(BM_pick)->Arg(3)->Arg(20)->Arg(64)->Arg(1000);

// Calls that belong to one of a thousand conversations.
void BM_pick_with_affinity(benchmark::State& state) {
  World world(static_cast<size_t>(state.range(0)));
  TimeEach(
      state,
      [&](size_t) {
        return world.Pick({.agent = "summarizer", .affinity = world.context()});
      },
      kWarmUp);
}
BENCHMARK(BM_pick_with_affinity)->Arg(20)->Arg(1000);

}  // namespace
}  // namespace herald::routing

BENCHMARK_MAIN();
