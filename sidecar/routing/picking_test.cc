// SPDX-License-Identifier: Apache-2.0
//
// The steps of a pick beyond the score: affinity, trials, weights, bounds,
// slow start, price, tiers.
#include "sidecar/routing/picking.h"

#include <gtest/gtest.h>

#include "sidecar/routing/balancer_testing.h"

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

class PickingTest : public BalancerScene {
 protected:
  // Three failed calls, as breakers want them.
  void Break(PeerState& peer, Time now = kStart) {
    for (int i = 0; i < 3; ++i) {
      peer.OnSent(now);
      peer.OnDone(true, now);
    }
  }
  void Answer(const std::string& peer, Time now = kStart) {
    balancer_.OnAnswer("sum", affinity_, peer, now);
  }
  void Report(Time now, Duration ttfb = 10ms) {
    for (const Candidate& candidate : candidates_) {
      candidate.peer->OnReport({.ttfb = ttfb}, now);
    }
  }
};

// --- affinity

TEST_F(PickingTest, CallsOfOneAffinityGoToOnePeer) {
  for (const char* name : {"a", "b", "c", "d"}) Add(name, {});
  affinity_ = "c1";
  EXPECT_EQ(Picks().size(), 1u);
  affinity_ = "c2";
  EXPECT_EQ(Picks().size(), 1u);
  affinity_ = "";
  EXPECT_EQ(Picks().size(), 4u);
  affinity_ = "c1";
  EXPECT_EQ(ToString(Choose()->reason), "affinity");
}

TEST_F(PickingTest, APreferredPeerMayBeSlowerByTheBonus) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  EXPECT_EQ(Pick(), "a");
  Add("b", {});
  a.OnReport({.ttfb = 160ms}, kStart);  // 164 - 150 = 14 = 4 + 10
  EXPECT_EQ(Pick(), "a");
  a.OnReport({.ttfb = 161ms}, kStart);
  EXPECT_EQ(Pick(), "b");
  a.OnReport({.ttfb = 10ms}, kStart);  // it has moved
  EXPECT_EQ(Pick(), "b");
}

TEST_F(PickingTest, APreferredPeerWithAQueueLetsTheCallGo) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  EXPECT_EQ(Pick(), "a");
  Add("b", {});
  a.OnReport({.in_flight = 8, .limit = 8, .ttfb = 10ms}, kStart);
  EXPECT_EQ(Pick(), "a");  // full, and nobody waits yet
  a.OnReport({.in_flight = 9, .limit = 8, .ttfb = 10ms}, kStart);
  EXPECT_EQ(Pick(), "b");
}

TEST_F(PickingTest, APreferredPeerThatFailedLatelyLetsTheCallGo) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  EXPECT_EQ(Pick(), "a");
  Add("b", {});
  a.OnSent(kStart);
  a.OnDone(true, kStart);
  preference_.affinity_bonus = 1h;
  for (PeerState* peer : {&a, candidates_[1].peer}) {
    peer->OnReport({.ttfb = 10ms}, kStart + 42s);
  }
  EXPECT_EQ(Pick(kStart + 42s), "b");  // 0.34 * exp(-4.2) = 0.0051
}

TEST_F(PickingTest, PolicySaysWhatAffinityIsWorthAndForHowLong) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  EXPECT_EQ(Pick(), "a");
  Add("b", {});
  preference_.affinity_bonus = 20ms;
  a.OnReport({.ttfb = 31ms}, kStart);
  EXPECT_EQ(Pick(), "b");
  preference_.affinity_bonus = 1s;
  EXPECT_EQ(Pick(), "b");
  preference_.affinity_idle = 1min;
  for (auto [now, expected] :
       {std::pair(kStart + 1min, "b"), std::pair(kStart + 2min + 1s, "a")}) {
    a.OnReport({.ttfb = 1ms}, now);
    candidates_[1].peer->OnReport({.ttfb = 100ms}, now);
    EXPECT_EQ(Pick(now), expected);
  }
}

TEST_F(PickingTest, APreferredPeerThatIsGoneIsReplaced) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  EXPECT_EQ(Pick(), "a");
  Add("b", {});
  a.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "b");
}

TEST_F(PickingTest, ARequiredPeerIsNeverReplaced) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  required_ = true;
  EXPECT_EQ(Pick(), "a");
  Answer("a");
  Add("b", {});
  a.OnReport({.in_flight = 30, .ttfb = 3s}, kStart);
  EXPECT_EQ(Pick(), "a");  // slow and full, and still the only one
  Break(a);
  EXPECT_EQ(Pick(), "a");
  a.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "none");
  EXPECT_EQ(balancer_.HolderOf(ask(), kStart), "a");
  required_ = false;
  EXPECT_EQ(Pick(), "b");
}

TEST_F(PickingTest, NothingIsRequiredOfAPeerThatNeverAnswered) {
  PeerState& a = Add("a", {});
  affinity_ = "c1";
  required_ = true;
  EXPECT_EQ(Pick(), "a");
  EXPECT_EQ(balancer_.HolderOf(ask(), kStart), "");
  Add("b", {});
  EXPECT_EQ(Pick(), "a");  // two first calls at once keep together
  a.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "b");
}

TEST_F(PickingTest, AHolderCountsBeyondTheSubset) {
  PeerState& holder = Add("holder", {});
  affinity_ = "c1";
  required_ = true;
  EXPECT_EQ(Pick(), "holder");
  Answer("holder");
  for (int i = 0; i < 500; ++i) Add("p" + std::to_string(i), {});
  EXPECT_EQ(Picks(), (Counts{{"holder", 1000}}));
  holder.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "none");
}

// --- breaker

TEST_F(PickingTest, LeavesAPeerAloneThatFailedThreeTimes) {
  Break(Add("a", {.rtt = 1ms}));
  Add("b", {.tier = Tier::kCloud, .rtt = 900ms, .ttfb = 9s});
  EXPECT_EQ(Pick(), "b");  // although 1 + 10 + 5000 is less
}

TEST_F(PickingTest, AsksABrokenPeerWhereNobodyElseIsLeft) {
  Break(Add("a", {}));
  EXPECT_EQ(Pick(), "a");
  Add("b", {}).SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "a");
}

TEST_F(PickingTest, SpendsOneRepeatableCallOnATrial) {
  PeerState& a = Add("a", {.rtt = 1ms});
  Add("b", {.rtt = 40ms});
  Break(a);
  const Time ripe = a.breaker().open_until();
  EXPECT_EQ(Picks(ripe), (Counts{{"b", 1000}}));  // none that is not
  repeatable_ = true;
  EXPECT_EQ(Pick(ripe - 1ns), "b");
  auto choice = Choose(ripe);
  EXPECT_EQ(candidates_[choice->index].peer, &a);
  EXPECT_EQ(ToString(choice->reason), "trial");
  a.OnSent(ripe);
  EXPECT_EQ(Pick(ripe), "b");  // one at a time
  a.OnDone(false, ripe);
  EXPECT_GT(Picks(ripe + 10s)["a"], 900);
}

TEST_F(PickingTest, TriesNoPeerThatWouldNotBeChosenAnyhow) {
  PeerState& a = Add("a", {.rtt = 90ms});
  Add("b", {.rtt = 40ms});
  Break(a);
  repeatable_ = true;
  EXPECT_EQ(Pick(a.breaker().open_until()), "b");
}

TEST_F(PickingTest, AProbeThatIsAnsweredSparesTheCall) {
  PeerState& a = Add("a", {.rtt = 1ms});
  Break(a);
  const Time ripe = a.breaker().open_until();
  a.OnReport({.ttfb = 10ms}, ripe);
  EXPECT_EQ(a.breaker().state(ripe), Breaker::State::kClosed);
  // Its failures still weigh: 1 + 10 + 5000 ms, fading.
  Add("b", {.rtt = 40ms});
  EXPECT_EQ(Pick(ripe), "b");
}

// --- weights

TEST_F(PickingTest, SplitsCallsByWeightBeforeTheScoreDecides) {
  Add("gpt-1", {.rtt = 90ms});
  Add("gpt-2", {.rtt = 4ms});
  Add("mistral", {.rtt = 4ms});
  Add("other", {.rtt = 1ms});
  preference_.weights = {90, 10};
  candidates_[0].weight_class = 0;
  candidates_[1].weight_class = 0;
  candidates_[2].weight_class = 1;
  const Counts picks = Picks();
  EXPECT_EQ(picks.count("gpt-1"), 0u);
  EXPECT_EQ(picks.count("other"), 0u);
  EXPECT_NEAR(picks.at("gpt-2"), 900, 50);  // 5 sigma
  EXPECT_EQ(ToString(Choose()->reason), "weight");
}

TEST_F(PickingTest, PassesAClassWithoutAUsablePeer) {
  PeerState& gpt = Add("gpt", {});
  PeerState& mistral = Add("mistral", {});
  PeerState& zero = Add("zero", {});
  Add("other", {.rtt = 90ms});
  preference_.weights = {90, 10, 0};
  for (uint8_t i = 0; i < 3; ++i) candidates_[i].weight_class = i;
  gpt.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Picks(), (Counts{{"mistral", 1000}}));
  mistral.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Picks(), (Counts{{"zero", 1000}}));  // the best of the rest
  zero.SetLink(Link::kDown, kStart);
  EXPECT_EQ(Pick(), "other");
}

// --- bounds, price, nearness

TEST_F(PickingTest, BoundsOrderLastAndNeverExclude) {
  Add("slow", {.ttfb = 90ms});
  Add("far", {.rtt = 60ms});
  Add("dear", {});
  candidates_[2].cents_per_gib = 12;
  preference_.max_rtt = 50ms;
  preference_.max_predicted_ttfb = 80ms;
  preference_.ceiling_cents_per_gib = 9;
  EXPECT_EQ(Pick(), "dear");  // the ceiling matters least
  candidates_.pop_back();
  EXPECT_EQ(Pick(), "slow");  // maxRtt most
  candidates_.erase(candidates_.begin());
  EXPECT_EQ(Pick(), "far");
}

TEST_F(PickingTest, APriceBreaksATieOfLoads) {
  Add("dear", {});
  Add("cheap", {});
  candidates_[0].cents_per_gib = 12;
  candidates_[1].cents_per_gib = 9;
  EXPECT_EQ(Picks(), (Counts{{"cheap", 1000}}));
  candidates_[1].peer->OnSent(kStart);
  EXPECT_EQ(Picks(), (Counts{{"dear", 1000}}));
}

TEST_F(PickingTest, TheCostOfAHeavyPayloadIsATerm) {
  Add("dear", {.rtt = 4ms});
  Add("cheap", {.rtt = 40ms});
  candidates_[0].cents_per_gib = 12;
  payload_ = 1024ull * 1024 * 1024;
  preference_.ms_per_cent = 2;
  Score score = ScoreOf(candidates_[0], ask(), kStart);
  EXPECT_EQ(score.egress, 24ms);  // 12 cents at 2 ms
  EXPECT_EQ(Pick(), "dear");
  preference_.ms_per_cent = 4;
  EXPECT_EQ(Pick(), "cheap");  // 4 + 48 against 40
  payload_ = 1024 * 1024;
  preference_.ms_per_cent = 4000;  // 1/1024 GiB * 12 * 4000 = 46.9 ms
  EXPECT_EQ(Pick(), "cheap");
  payload_ -= 1;
  EXPECT_EQ(ScoreOf(candidates_[0], ask(), kStart).egress, 0ms);
  EXPECT_EQ(Pick(), "dear");
}

TEST_F(PickingTest, PeersNearNamedDataAreThatMuchBetter) {
  Add("a", {.rtt = 4ms});
  Add("near", {.rtt = 20ms});
  EXPECT_EQ(Pick(), "a");
  candidates_[1].near = 20ms;
  EXPECT_EQ(Pick(), "near");
}

TEST_F(PickingTest, ALossyWayIsWorseByItsProbeTimeouts) {
  PeerState& a = Add("a", {.rtt = 50ms});
  a.OnRtt(50ms, 5ms);
  a.Way().OnLoss(0.1);
  // 2 * 0.1 * (50 + 4*5 + 5) = 15 ms
  EXPECT_EQ(ScoreOf(candidates_[0], ask(), kStart).loss, 15ms);
}

// --- slow start

TEST_F(PickingTest, ANewPeerTakesATenthAtFirstAndItsShareAfterTenSeconds) {
  Add("old", {.rtt = 40ms}).SetLink(Link::kIdle, kStart);
  candidates_[0].peer->SetLink(Link::kUp, kStart - 1min);
  Report(kStart);
  PeerState& fresh = balancer_.Peer("new");
  const Time now = kStart + 30s;
  fresh.SetLink(Link::kUp, now);
  fresh.OnRtt(4ms, 0ms);
  candidates_.push_back({&fresh, Tier::kFarEdge});
  Report(now);
  EXPECT_NEAR(Picks(now)["new"], 100, 50);  // 5 sigma
  Report(now + 5s);
  EXPECT_NEAR(Picks(now + 5s)["new"], 500, 80);
  Report(now + 10s);
  EXPECT_EQ(Picks(now + 10s), (Counts{{"new", 1000}}));
}

TEST_F(PickingTest, PeersThatCameTogetherSplitAsEver) {
  Add("a", {.rtt = 4ms});
  Add("b", {.rtt = 40ms});
  EXPECT_EQ(Picks(), (Counts{{"a", 1000}}));
}

// --- tiers

TEST_F(PickingTest, ATierThatCrowdsSpillsBeforeItIsFull) {
  Add("edge", {.in_flight = 15, .limit = 16});
  Add("cloud", {.tier = Tier::kCloud});
  EXPECT_EQ(Pick(), "edge");
  for (Time now = kStart; now <= kStart + 3s; now += 100ms) Pick(now);
  const Counts picks = Picks(kStart + 3s);
  EXPECT_NEAR(picks.at("cloud"), 600, 80);  // 6 steps of a tenth
}

TEST_F(PickingTest, ATierKeepsItsCallsUntilItIsClearlyWorse) {
  PeerState& edge = Add("edge", {.rtt = 4ms, .ttfb = 160ms});
  Add("cloud", {.tier = Tier::kCloud, .rtt = 40ms, .ttfb = 10ms});
  // The cloud costs 40 + 10 + 80 = 130; the bound is 1.25 * 130 + 3 = 165.5.
  EXPECT_EQ(Picks(), (Counts{{"edge", 1000}}));
  edge.OnReport({.ttfb = 162ms}, kStart);
  EXPECT_EQ(Picks(), (Counts{{"cloud", 1000}}));
}

TEST_F(PickingTest, CallsPermittedFurtherOutDoNotMoveThoseThatAreNot) {
  Add("edge", {.in_flight = 15, .limit = 16});
  Add("edge-2", {.in_flight = 15, .limit = 16});
  Add("cloud", {.tier = Tier::kCloud});
  for (Time now = kStart; now <= kStart + 10s; now += 100ms) Pick(now);
  EXPECT_EQ(Pick(kStart + 10s), "cloud");
  candidates_.pop_back();
  EXPECT_NE(Pick(kStart + 10s), "none");
  const Explanation why = balancer_.Explain(candidates_, ask(), kStart + 10s);
  EXPECT_EQ(why.spill[static_cast<size_t>(Tier::kFarEdge)], 0);
}

// --- explanation

TEST_F(PickingTest, ExplainsHowEachCandidateStands) {
  Add("best", {});
  Add("equal", {.rtt = 5ms});
  Add("slower", {.tier = Tier::kCloud, .rtt = 45ms});
  Add("full", {.in_flight = 8});
  Add("down", {}).SetLink(Link::kDown, kStart);
  Add("draining", {}).OnReport({.draining = true}, kStart);
  Add("resting", {}).BackOffUntil(kStart + 1s);
  Break(Add("broken", {}));
  Add("suspect", {}).SetLink(Link::kSuspect, kStart);
  const Explanation why = balancer_.Explain(candidates_, ask(), kStart);
  std::vector<std::string_view> standings;
  for (const Considered& one : why.candidates) {
    standings.push_back(ToString(one.standing));
  }
  EXPECT_EQ(standings, (std::vector<std::string_view>{
                           "in", "in", "slower", "full", "down", "draining",
                           "back-off", "breaker", "unproven"}));
  ASSERT_TRUE(why.choice);
  EXPECT_EQ(why.choice->index, 0u);
  EXPECT_EQ(why.candidates[2].score.total(), 135ms);  // 45 + 10 + 80
  EXPECT_EQ(why.candidates[3].in_flight, 8u);
}

TEST_F(PickingTest, AnExplanationChangesNothing) {
  Add("a", {});
  Add("b", {});
  affinity_ = "c1";
  const std::string bound = Pick();
  Answer(bound);
  for (int i = 0; i < 5; ++i) {
    const Explanation why = balancer_.Explain(candidates_, ask(), kStart);
    EXPECT_EQ(why.holder, bound);
    EXPECT_EQ(candidates_[why.choice->index].peer->name(), bound);
  }
  affinity_ = "c2";
  balancer_.Explain(candidates_, ask(), kStart);
  EXPECT_EQ(balancer_.HolderOf(ask(), kStart), "");
}

}  // namespace
}  // namespace herald::routing
