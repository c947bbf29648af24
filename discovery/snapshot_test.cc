// SPDX-License-Identifier: Apache-2.0
#include "discovery/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::discovery {
namespace {

EndpointPtr Peer(std::string name, std::vector<std::string> agents) {
  Endpoint peer;
  peer.name = std::move(name);
  for (std::string& agent : agents) {
    peer.agents.Edit().push_back({.name = std::move(agent)});
  }
  return std::make_shared<const Endpoint>(std::move(peer));
}

std::vector<std::string> Names(std::span<const EndpointPtr> peers) {
  std::vector<std::string> names;
  for (const EndpointPtr& peer : peers) names.push_back(peer->name);
  return names;
}

TEST(SnapshotTest, FindsWhoServesAnAgentInOrderOfName) {
  Snapshot snapshot(3, {Peer("par", {"summarizer"}), Peer("nyc", {"planner"}),
                        Peer("fra", {"planner", "summarizer"})});
  EXPECT_EQ(snapshot.version(), 3u);
  EXPECT_THAT(Names(snapshot.Serving("summarizer")),
              testing::ElementsAre("fra", "par"));
  EXPECT_THAT(Names(snapshot.Serving("planner")),
              testing::ElementsAre("fra", "nyc"));
  EXPECT_TRUE(snapshot.Serving("plan").empty());
}

TEST(SnapshotTest, FindsAPeerByName) {
  Snapshot snapshot(1, {Peer("fra", {"summarizer"})});
  ASSERT_NE(snapshot.FindPeer("fra"), nullptr);
  EXPECT_EQ((*snapshot.FindPeer("fra"))->name, "fra");
  EXPECT_EQ(snapshot.FindPeer("par"), nullptr);
}

TEST(SnapshotTest, FindsAllWaysToAPeer) {
  auto by = [](std::string name, std::string way) {
    Endpoint peer;
    peer.name = std::move(name);
    peer.way = std::move(way);
    peer.agents = {{.name = "summarizer"}};
    return std::make_shared<const Endpoint>(std::move(peer));
  };
  Snapshot snapshot(1, {by("par", ""), by("fra", "slice"), by("ams", ""),
                        by("fra", "internet")});
  std::vector<std::string> labels;
  for (const EndpointPtr& way : snapshot.WaysTo("fra")) {
    labels.push_back(way->Label());
  }
  EXPECT_THAT(labels, testing::ElementsAre("fra by internet", "fra by slice"));
  EXPECT_EQ((*snapshot.FindPeer("fra"))->way, "internet");
  EXPECT_TRUE(snapshot.WaysTo("lon").empty());
  EXPECT_EQ(snapshot.Serving("summarizer").size(), 4u);
}

TEST(SnapshotTest, CountsAPeerThatListsAnAgentTwiceOnce) {
  Snapshot snapshot(1, {Peer("fra", {"summarizer", "summarizer"})});
  EXPECT_EQ(snapshot.Serving("summarizer").size(), 1u);
}

TEST(SnapshotTest, NamesItsAgentsSorted) {
  Snapshot snapshot(1, {Peer("a", {"z", "b"}), Peer("c", {"b", "a"})});
  EXPECT_THAT(snapshot.AgentNames(), testing::ElementsAre("a", "b", "z"));
}

TEST(SnapshotTest, TheNextOneDiffersInWhatChanged) {
  const Snapshot before(1, {Peer("ams", {"planner"}), Peer("fra", {"planner"}),
                            Peer("par", {"summarizer"})});
  const PeerChange changes[] = {{"fra", {Peer("fra", {"summarizer"})}},
                                {"lon", {Peer("lon", {"planner"})}},
                                {"par", {}}};
  const auto after = before.With(changes);
  EXPECT_EQ(after->version(), 2u);
  EXPECT_EQ(after->peers().size(), 3u);
  EXPECT_THAT(Names(after->Serving("planner")),
              testing::ElementsAre("ams", "lon"));
  EXPECT_THAT(Names(after->Serving("summarizer")), testing::ElementsAre("fra"));
  EXPECT_EQ(after->FindPeer("par"), nullptr);
  // What it was made of is as it was.
  EXPECT_THAT(Names(before.Serving("planner")),
              testing::ElementsAre("ams", "fra"));
  EXPECT_THAT(Names(before.Serving("summarizer")), testing::ElementsAre("par"));
  EXPECT_EQ(before.peers().size(), 3u);
}

TEST(SnapshotTest, AnAgentThatNobodyServesAnyMoreIsGone) {
  const Snapshot before(1, {Peer("fra", {"planner"})});
  const PeerChange gone[] = {{"fra", {}}};
  EXPECT_TRUE(before.With(gone)->AgentNames().empty());
}

TEST(SnapshotTest, IsEmptyToBeginWith) {
  Snapshot snapshot;
  EXPECT_EQ(snapshot.version(), 0u);
  EXPECT_TRUE(snapshot.peers().empty());
  EXPECT_TRUE(snapshot.AgentNames().empty());
}

}  // namespace
}  // namespace herald::discovery
