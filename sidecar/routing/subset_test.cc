// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/subset.h"

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <string>

#include "sidecar/routing/hash.h"

namespace herald::routing {
namespace {

class SubsetTest : public testing::Test {
 protected:
  SubsetTest() {
    for (int i = 0; i < 200; ++i) {
      PeerState& peer = peers_.emplace_back("p" + std::to_string(i));
      candidates_.push_back(
          {&peer, i % 2 == 0 ? Tier::kFarEdge : Tier::kCloud});
    }
  }

  // The names of the first 32 of the far edge, as `caller` sees them.
  std::set<std::string> First(const std::string& caller) {
    Subset subset;
    std::set<std::string> names;
    const auto& order = subset.OrderOf(candidates_, HashOf(caller), 0);
    for (uint32_t index : order.Of(static_cast<size_t>(Tier::kFarEdge))) {
      if (names.size() == Subset::kEachTier) break;
      names.insert(candidates_[index].peer->name());
    }
    return names;
  }

  static int Common(const std::set<std::string>& a,
                    const std::set<std::string>& b) {
    int common = 0;
    for (const std::string& name : a) common += b.count(name) > 0;
    return common;
  }

  std::deque<PeerState> peers_;
  std::vector<Candidate> candidates_;
};

TEST_F(SubsetTest, OrdersEveryCandidateTierByTier) {
  Subset subset;
  std::set<uint32_t> seen;
  const auto& order = subset.OrderOf(candidates_, 1, 0);
  for (size_t tier = 0; tier < kTierCount; ++tier) {
    for (uint32_t index : order.Of(tier)) {
      EXPECT_EQ(candidates_[index].tier, static_cast<Tier>(tier));
      seen.insert(index);
    }
  }
  EXPECT_EQ(seen.size(), candidates_.size());
}

TEST_F(SubsetTest, EveryCallerHasItsOwnAndKeepsIt) {
  EXPECT_EQ(First("a"), First("a"));
  // 32 of 100 are shared by chance: 32 * 32 / 100 = 10.
  EXPECT_NEAR(Common(First("a"), First("b")), 10, 9);
}

TEST_F(SubsetTest, AllCallersTogetherUseAllPeers) {
  std::set<std::string> used;
  for (int i = 0; i < 30; ++i) used.merge(First("caller-" + std::to_string(i)));
  EXPECT_EQ(used.size(), 100u);
}

TEST_F(SubsetTest, APeerThatGoesMovesOnlyItself) {
  const std::set<std::string> before = First("a");
  const std::string gone = *before.begin();
  std::erase_if(candidates_,
                [&](const Candidate& c) { return c.peer->name() == gone; });
  EXPECT_EQ(Common(before, First("a")), 31);
}

TEST_F(SubsetTest, SetsThatTakeTurnsAreNotOrderedAnew) {
  Subset subset;
  std::vector<Candidate> fewer(candidates_.begin(), candidates_.begin() + 100);
  const uint32_t* all = subset.OrderOf(candidates_, 1, 0).indices.data();
  const uint32_t* some = subset.OrderOf(fewer, 1, 0).indices.data();
  EXPECT_EQ(subset.OrderOf(candidates_, 1, 0).indices.data(), all);
  EXPECT_EQ(subset.OrderOf(fewer, 1, 0).indices.data(), some);
}

TEST_F(SubsetTest, AnotherGenerationOfPeersIsOrderedAnew) {
  Subset subset;
  const uint32_t* old = subset.OrderOf(candidates_, 1, 0).indices.data();
  EXPECT_NE(subset.OrderOf(candidates_, 1, 1).indices.data(), old);
}

}  // namespace
}  // namespace herald::routing
