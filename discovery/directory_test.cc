// SPDX-License-Identifier: Apache-2.0
#include "discovery/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

namespace herald::discovery {
namespace {

using testing::ElementsAre;

EndpointPtr Peer(std::string name, std::string via = "") {
  return std::make_shared<const Endpoint>(
      Endpoint{.name = std::move(name), .via = std::move(via)});
}

// Tells what the test says.
class FakeSource final : public Source {
 public:
  explicit FakeSource(std::vector<EndpointPtr> first)
      : first_(std::move(first)) {}
  void Start(SourceSink* sink) override {
    sink_ = sink;
    if (!first_.empty()) sink_->OnPeers(first_);
  }
  void Stop() override { sink_ = nullptr; }
  SourceSink* sink() { return sink_; }

 private:
  std::vector<EndpointPtr> first_;
  SourceSink* sink_ = nullptr;
};

class DirectoryTest : public testing::Test {
 protected:
  FakeSource* Add(std::vector<EndpointPtr> first = {}) {
    auto source = std::make_unique<FakeSource>(std::move(first));
    FakeSource* raw = source.get();
    directory_.Add(std::move(source));
    return raw;
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const EndpointPtr& peer : directory_.snapshot()->peers()) {
      names.push_back(peer->name + *peer->via);
    }
    return names;
  }

  Time now_{};
  Directory directory_{[this] { return now_; }};
};

TEST_F(DirectoryTest, HasAnEmptySnapshotToBeginWith) {
  ASSERT_NE(directory_.snapshot(), nullptr);
  EXPECT_EQ(directory_.snapshot()->version(), 0u);
}

TEST_F(DirectoryTest, PublishesOneSnapshotOfAllSourcesAtStart) {
  Add({Peer("a")});
  Add({Peer("b")});
  int published = 0;
  directory_.Observe([&](const SnapshotPtr&, auto) { ++published; });
  directory_.Start();
  EXPECT_THAT(Names(), ElementsAre("a", "b"));
  EXPECT_EQ(published, 1);
}

TEST_F(DirectoryTest, TheSourceAddedFirstWins) {
  Add({Peer("a", "-first")});
  FakeSource* second = Add({Peer("a", "-second"), Peer("b", "-second")});
  directory_.Start();
  EXPECT_THAT(Names(), ElementsAre("a-first", "b-second"));
  second->sink()->OnPeers({Peer("a", "-newer")});
  EXPECT_THAT(Names(), ElementsAre("a-first"));
}

TEST_F(DirectoryTest, AllWaysToAPeerComeFromOneSource) {
  auto by = [](std::string way, std::string via) {
    Endpoint peer = *Peer("a", std::move(via));
    peer.way = std::move(way);
    return std::make_shared<const Endpoint>(std::move(peer));
  };
  Add({by("x", "-first"), by("y", "-first")});
  Add({by("z", "-second"), Peer("b", "-second")});
  directory_.Start();
  EXPECT_THAT(Names(), ElementsAre("a-first", "a-first", "b-second"));
}

TEST_F(DirectoryTest, TellsObserversOfChangesOnly) {
  FakeSource* source = Add({Peer("a")});
  std::vector<uint64_t> versions;
  directory_.Observe([&](const SnapshotPtr& snapshot, auto) {
    versions.push_back(snapshot->version());
  });
  directory_.Start();
  source->sink()->OnPeers({Peer("a")});  // equal in value
  source->sink()->OnPeers({Peer("a"), Peer("b")});
  EXPECT_THAT(versions, ElementsAre(1, 2));
}

TEST_F(DirectoryTest, AnUnchangedPeerKeepsItsValue) {
  FakeSource* source = Add({Peer("a")});
  directory_.Start();
  const EndpointPtr before = *directory_.snapshot()->FindPeer("a");
  source->sink()->OnPeers({Peer("a"), Peer("b")});
  EXPECT_EQ(*directory_.snapshot()->FindPeer("a"), before);
}

TEST_F(DirectoryTest, ASourceMayTellOneChange) {
  FakeSource* source = Add({Peer("a"), Peer("b"), Peer("c")});
  std::vector<std::string> told;
  directory_.Observe([&](const SnapshotPtr&, std::span<const std::string> of) {
    told.assign(of.begin(), of.end());
  });
  directory_.Start();
  EXPECT_THAT(told, ElementsAre("a", "b", "c"));
  const EndpointPtr a = *directory_.snapshot()->FindPeer("a");
  source->sink()->OnChange({Peer("d"), Peer("b", "-moved")}, {"c", "unheard"});
  EXPECT_THAT(Names(), ElementsAre("a", "b-moved", "d"));
  EXPECT_THAT(told, ElementsAre("b", "c", "d"));
  EXPECT_EQ(*directory_.snapshot()->FindPeer("a"), a);
}

TEST_F(DirectoryTest, AChangeReplacesAllWaysToThePeer) {
  auto by = [](std::string way) {
    Endpoint peer = *Peer("a");
    peer.way = std::move(way);
    return std::make_shared<const Endpoint>(std::move(peer));
  };
  FakeSource* source = Add({by("x"), by("y")});
  directory_.Start();
  source->sink()->OnChange({by("z")}, {});
  ASSERT_EQ(directory_.snapshot()->WaysTo("a").size(), 1u);
  EXPECT_EQ(directory_.snapshot()->WaysTo("a")[0]->way, "z");
}

TEST_F(DirectoryTest, WhatTheFirstSourceForgetsTheNextOneStillKnows) {
  FakeSource* first = Add({Peer("a", "-first")});
  Add({Peer("a", "-second")});
  directory_.Start();
  first->sink()->OnChange({}, {"a"});
  EXPECT_THAT(Names(), ElementsAre("a-second"));
  first->sink()->OnChange({Peer("a", "-back")}, {});
  EXPECT_THAT(Names(), ElementsAre("a-back"));
}

TEST_F(DirectoryTest, EqualWordsOfTwoSourcesChangeNothing) {
  FakeSource* first = Add({Peer("a")});
  Add({Peer("a")});
  directory_.Start();
  const SnapshotPtr before = directory_.snapshot();
  first->sink()->OnChange({}, {"a"});
  EXPECT_EQ(directory_.snapshot(), before);
}

TEST_F(DirectoryTest, AHeldSnapshotDoesNotChange) {
  FakeSource* source = Add({Peer("a")});
  directory_.Start();
  const SnapshotPtr held = directory_.snapshot();
  source->sink()->OnPeers({});
  EXPECT_NE(held->FindPeer("a"), nullptr);
  EXPECT_EQ(directory_.snapshot()->FindPeer("a"), nullptr);
}

TEST_F(DirectoryTest, SaysSinceWhenASourceIsStale) {
  FakeSource* source = Add({Peer("a")});
  FakeSource* other = Add({Peer("a"), Peer("b")});
  directory_.Start();
  source->sink()->OnStatus({.source = "first", .ok = true});
  other->sink()->OnStatus({.source = "second", .ok = true});
  EXPECT_FALSE(directory_.SourceOf("a")->stale_since);
  now_ = Time(std::chrono::seconds(5));
  source->sink()->OnStatus({.source = "first", .ok = false});
  now_ = Time(std::chrono::seconds(9));  // again: since the first time
  source->sink()->OnStatus({.source = "first", .ok = false});
  EXPECT_EQ(directory_.SourceOf("a")->source, "first");
  EXPECT_EQ(directory_.SourceOf("a")->stale_since,
            Time(std::chrono::seconds(5)));
  EXPECT_FALSE(directory_.SourceOf("b")->stale_since);
  EXPECT_EQ(directory_.SourceOf("c"), nullptr);
  EXPECT_THAT(Names(), ElementsAre("a", "b"));  // usable all the same
  source->sink()->OnStatus({.source = "first", .ok = true});
  EXPECT_FALSE(directory_.SourceOf("a")->stale_since);
}

TEST_F(DirectoryTest, PassesOnHowASourceFares) {
  FakeSource* source = Add({Peer("a")});
  std::vector<std::string> told;
  directory_.ObserveStatus(
      [&](const SourceStatus& status) { told.push_back(status.problem); });
  directory_.Start();
  source->sink()->OnStatus({.source = "file x", .problem = "broken"});
  EXPECT_THAT(told, ElementsAre("broken"));
  ASSERT_EQ(directory_.statuses().size(), 1u);
  EXPECT_EQ(directory_.statuses()[0].source, "file x");
  EXPECT_THAT(Names(), ElementsAre("a"));  // what it told stays in force
}

}  // namespace
}  // namespace herald::discovery
