// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/balancer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "sidecar/routing/balancer_testing.h"

namespace {
size_t allocations = 0;
}  // namespace

// Counts what the test binary allocates, for the promise of Pick. Not inlined:
// g++ 12 would take the pair for a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void* operator new(size_t size,
                                     const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

class BalancerTest : public BalancerScene {};

TEST_F(BalancerTest, HasTheTermsOfTheScore) {
  PeerState& peer = Add("nyc", {.tier = Tier::kCloud, .rtt = 90ms});
  peer.OnRtt(90ms, 5ms);
  peer.OnSent(kStart);
  peer.OnDone(true, kStart);
  const Score score = ScoreOf(candidates_[0], {.agent = "sum"}, kStart);
  EXPECT_EQ(score.rtt, 90ms);
  EXPECT_EQ(score.jitter, 10ms);  // 2 * 5
  EXPECT_EQ(score.service, 10ms);
  EXPECT_EQ(score.failure, 1700ms);  // 0.34 * 5 s
  EXPECT_EQ(score.handicap, 80ms);
  EXPECT_EQ(score.predicted_ttfb(), 1810ms);
  EXPECT_EQ(score.total(), 1890ms);
}

TEST_F(BalancerTest, PrefersTheFasterOfTwo) {
  Add("near", {.rtt = 4ms});
  Add("far", {.rtt = 40ms});
  EXPECT_EQ(Picks(), (std::map<std::string, int>{{"near", 1000}}));
}

TEST_F(BalancerTest, StaysCloseWithinTheHandicap) {
  Add("edge", {.tier = Tier::kFarEdge, .ttfb = 60ms});
  Add("cloud", {.tier = Tier::kCloud, .ttfb = 5ms});
  EXPECT_EQ(Pick(), "edge");  // 4 + 60 against 4 + 5 + 80
  preference_.handicap[static_cast<size_t>(Tier::kCloud)] = 0ms;
  EXPECT_EQ(Pick(), "cloud");
}

TEST_F(BalancerTest, SpreadsOverAllWithinTheBand) {
  // 100 ms in all; the band ends at 1.10 * 100 + 3 = 113 ms.
  Add("best", {.rtt = 90ms});
  Add("edge of the band", {.rtt = 103ms});
  Add("beyond", {.rtt = 104ms});
  auto picks = Picks();
  EXPECT_EQ(picks.count("beyond"), 0u);
  EXPECT_NEAR(picks["best"], 500, 80);  // 5 sigma of a fair coin
  EXPECT_NEAR(picks["edge of the band"], 500, 80);
}

TEST_F(BalancerTest, TakesTheLessLoadedOfThePair) {
  Add("busy", {.in_flight = 2, .limit = 8});
  Add("busier", {.in_flight = 2, .limit = 4});
  EXPECT_EQ(Picks(), (std::map<std::string, int>{{"busy", 1000}}));
}

TEST_F(BalancerTest, DrawsTheTwoFromTheWholeBand) {
  for (const char* name : {"a", "b", "c"}) Add(name, {.in_flight = 1});
  Add("idle", {.in_flight = 0});
  auto picks = Picks();
  // A pair holds `idle` in 3 of 6 cases; the others share the rest.
  EXPECT_NEAR(picks["idle"], 500, 80);
  for (const char* name : {"a", "b", "c"}) EXPECT_NEAR(picks[name], 167, 60);
}

TEST_F(BalancerTest, LeavesAPeerAtItsLimitForAColdOne) {
  Add("full", {.rtt = 1ms, .in_flight = 8, .limit = 8});
  Add("cold", {.rtt = 50ms, .in_flight = 7, .limit = 8});
  EXPECT_EQ(Pick(), "cold");
}

TEST_F(BalancerTest, GoesByLoadAloneWhenAllAreAtTheirLimit) {
  Add("near", {.rtt = 1ms, .in_flight = 16, .limit = 8});
  Add("far", {.rtt = 50ms, .in_flight = 12, .limit = 8});
  EXPECT_EQ(Pick(), "far");
}

TEST_F(BalancerTest, BreaksTiesOfLoadAtRandom) {
  Add("a", {.in_flight = 8, .limit = 8});
  Add("b", {.in_flight = 4, .limit = 4});
  EXPECT_NEAR(Picks()["a"], 500, 80);
}

TEST_F(BalancerTest, NeverTakesAnUnusablePeer) {
  Add("down", {}).SetLink(Link::kDown, kStart);
  Add("draining", {}).OnReport({.draining = true}, kStart);
  Add("resting", {}).BackOffUntil(kStart + 1s);
  EXPECT_EQ(Pick(), "none");
  EXPECT_EQ(Pick(kStart + 1s), "resting");
  Add("far", {.tier = Tier::kCloud, .rtt = 300ms});
  EXPECT_EQ(Pick(), "far");
}

TEST_F(BalancerTest, SaysWhyItChose) {
  PeerState& near = Add("near", {.in_flight = 8, .limit = 8});
  EXPECT_EQ(ToString(Choose()->reason), "least-loaded");
  near.OnReport({.ttfb = 9ms}, kStart);
  EXPECT_EQ(ToString(Choose()->reason), "best");
  Add("far", {.tier = Tier::kNearEdge, .rtt = 12ms});
  near.OnRtt(20ms, 0ms);
  near.OnReport({.ttfb = std::nullopt}, kStart);
  EXPECT_EQ(ToString(Choose()->reason), "optimism");
}

TEST_F(BalancerTest, ChoosesBetweenTwoWaysToOnePeer) {
  PeerState peer("fra");
  for (auto [name, rtt] : {std::pair("slice", 40ms), std::pair("net", 9ms)}) {
    peer.SetLink(Link::kUp, kStart, name);
    peer.Way(name).OnRtt(rtt, 0ms);
    candidates_.push_back(
        {.peer = &peer, .tier = Tier::kFarEdge, .way = &peer.Way(name)});
  }
  EXPECT_EQ(Choose()->index, 1u);
  peer.SetLink(Link::kDown, kStart, "net");
  EXPECT_EQ(Choose()->index, 0u);
  peer.SetLink(Link::kDown, kStart, "slice");
  EXPECT_FALSE(Choose());
}

TEST_F(BalancerTest, HasNoAnswerWithoutCandidates) {
  EXPECT_EQ(Pick(), "none");
}

TEST_F(BalancerTest, TakesASuspectOnlyWhenNoOtherIsWithinTheBand) {
  PeerState& near = Add("near", {.rtt = 90ms});
  Add("comparable", {.rtt = 100ms});
  near.SetLink(Link::kSuspect, kStart);
  EXPECT_EQ(Picks(), (std::map<std::string, int>{{"comparable", 1000}}));
  candidates_.pop_back();
  Add("far", {.rtt = 200ms});
  EXPECT_EQ(Pick(), "near");
}

TEST_F(BalancerTest, TriesAPeerWithoutALinkByItsPrior) {
  candidates_.push_back({&balancer_.Peer("new"), Tier::kFarEdge});
  EXPECT_EQ(Pick(), "new");
  Add("far", {.rtt = 200ms});
  EXPECT_EQ(Pick(), "new");  // 5 + 50 against 200 + 10
}

TEST_F(BalancerTest, AMeasuredPeerWinsOverAnUnmeasuredOneOfLikeScore) {
  candidates_.push_back({&balancer_.Peer("new"), Tier::kFarEdge});  // 55 ms
  Add("known", {.rtt = 47ms});                                      // 57 ms
  EXPECT_EQ(Picks(), (std::map<std::string, int>{{"known", 1000}}));
}

TEST_F(BalancerTest, MaxRttComesLastButIsNotExcluded) {
  preference_.max_rtt = 50ms;
  Add("slow agent", {.rtt = 49ms, .ttfb = 900ms, .in_flight = 8});
  PeerState& far = Add("far", {.rtt = 51ms, .ttfb = 1ms});
  EXPECT_EQ(Pick(), "slow agent");
  candidates_[0].peer->SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "far");
  far.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "none");
}

TEST_F(BalancerTest, OneFailureOutweighsDistance) {
  PeerState& near = Add("near", {.rtt = 1ms});
  Add("far", {.tier = Tier::kCloud, .rtt = 200ms});
  near.OnSent(kStart);
  near.OnDone(true, kStart);
  EXPECT_EQ(Pick(), "far");  // 1700 ms, fading
  // 1.1*(11 + 1700*exp(-t/10)) + 3 < 290 from t = 19.2 s on.
  for (const Candidate& candidate : candidates_) {
    candidate.peer->OnReport({.ttfb = 10ms}, kStart + 20s);
  }
  EXPECT_EQ(Pick(kStart + 20s), "near");
}

// near costs 12 + 10 + 30 = 52; edge by its prior 20 + 50 = 70, out of the
// band, but as fast as near it would cost 20 + 10 = 30.
TEST_F(BalancerTest, PresumesAClosePeerFastOnceItsSamplesHaveFaded) {
  PeerState& edge = Add("edge", {.rtt = 20ms});
  Add("near", {.tier = Tier::kNearEdge, .rtt = 12ms});
  edge.OnReport({.ttfb = 400ms}, kStart);
  EXPECT_EQ(Pick(), "near");
  edge.OnReport({.ttfb = std::nullopt}, kStart);
  EXPECT_EQ(Pick(), "edge");
  edge.OnSent(kStart);  // one call of ours at a time
  EXPECT_EQ(Pick(), "near");
}

TEST_F(BalancerTest, DoesNotTryAnUnmeasuredPeerThatCannotWinClearly) {
  Add("known", {.rtt = 4ms});
  Add("faded", {.rtt = 4ms}).OnReport({.ttfb = std::nullopt}, kStart);
  EXPECT_EQ(Picks(), (std::map<std::string, int>{{"known", 1000}}));
}

TEST_F(BalancerTest, PicksAmongSixtyFourWithoutAllocating) {
  for (int i = 0; i < 64; ++i) {
    Add("p" + std::to_string(i), {.in_flight = static_cast<uint32_t>(i % 3)});
  }
  (void)Choose();  // the first call to this agent
  const size_t before = allocations;
  for (int i = 0; i < 1000; ++i) {
    (void)Choose(kStart + i * 10ms);
  }
  EXPECT_EQ(allocations, before);
}

TEST_F(BalancerTest, PicksAmongAThousandWithoutAllocating) {
  for (int i = 0; i < 1000; ++i) Add("p" + std::to_string(i), {});
  affinity_ = "c1";
  (void)Choose();  // a new set, and a new affinity
  const size_t before = allocations;
  for (int i = 0; i < 100; ++i) (void)Choose(kStart + i * 100ms);
  EXPECT_EQ(allocations, before);
}

TEST_F(BalancerTest, UsesThirtyTwoOfATierOfMoreThanSixtyFour) {
  for (int i = 0; i < 100; ++i) Add("p" + std::to_string(i), {});
  EXPECT_EQ(Picks().size(), 32u);
  const Counts before = Picks();
  // One that is gone is replaced by the next in line.
  balancer_.Peer(before.begin()->first).SetLink(Link::kDown, kStart);
  const Counts after = Picks();
  EXPECT_EQ(after.size(), 32u);
  int kept = 0;
  for (const auto& [name, count] : after) kept += before.count(name) > 0;
  EXPECT_EQ(kept, 31);
}

TEST_F(BalancerTest, UsesAllOfSixtyFour) {
  for (int i = 0; i < 64; ++i) Add("p" + std::to_string(i), {});
  EXPECT_EQ(Picks().size(), 64u);
}

TEST_F(BalancerTest, ForgetsPeersThatLeftOnceTheirCallsEnded) {
  auto fra = std::make_shared<const discovery::Endpoint>(
      discovery::Endpoint{.name = "fra"});
  for (const char* name : {"fra", "gone", "busy"}) {
    balancer_.Peer(name).OnRtt(7ms, 0ms);
  }
  balancer_.Peer("busy").OnSent(kStart);
  balancer_.Retain(discovery::Snapshot(1, {fra}));
  EXPECT_TRUE(balancer_.Peer("fra").measured_rtt());
  EXPECT_FALSE(balancer_.Peer("gone").measured_rtt());  // made anew
  EXPECT_TRUE(balancer_.Peer("busy").measured_rtt());
  balancer_.Peer("busy").OnDone(false, kStart);
  balancer_.Retain(discovery::Snapshot(1, {fra}));
  EXPECT_FALSE(balancer_.Peer("busy").measured_rtt());
}

TEST_F(BalancerTest, ForgetsOnlyThoseThatItIsToldOf) {
  for (const char* name : {"gone", "unsaid", "busy"}) {
    balancer_.Peer(name).OnRtt(7ms, 0ms);
  }
  balancer_.Peer("busy").OnSent(kStart);
  const std::string names[] = {"busy", "gone", "never-met"};
  balancer_.Retain(discovery::Snapshot(), names);
  EXPECT_FALSE(balancer_.Peer("gone").measured_rtt());  // made anew
  EXPECT_TRUE(balancer_.Peer("unsaid").measured_rtt());
  EXPECT_TRUE(balancer_.Peer("busy").measured_rtt());
}

TEST_F(BalancerTest, TheSameSeedGivesTheSamePicks) {
  for (const char* name : {"a", "b", "c"}) Add(name, {});
  auto run = [this] {
    random_ = Random(5);
    std::vector<std::string> picks;
    for (int i = 0; i < 50; ++i) picks.push_back(Pick());
    return picks;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace herald::routing
