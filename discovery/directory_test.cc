// SPDX-License-Identifier: Apache-2.0
#include "discovery/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
      names.push_back(peer->name + peer->via);
    }
    return names;
  }

  Directory directory_;
};

TEST_F(DirectoryTest, HasAnEmptySnapshotToBeginWith) {
  ASSERT_NE(directory_.snapshot(), nullptr);
  EXPECT_EQ(directory_.snapshot()->version(), 0u);
}

TEST_F(DirectoryTest, PublishesOneSnapshotOfAllSourcesAtStart) {
  Add({Peer("a")});
  Add({Peer("b")});
  int published = 0;
  directory_.Observe([&](const SnapshotPtr&) { ++published; });
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
  directory_.Observe([&](const SnapshotPtr& snapshot) {
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

TEST_F(DirectoryTest, AHeldSnapshotDoesNotChange) {
  FakeSource* source = Add({Peer("a")});
  directory_.Start();
  const SnapshotPtr held = directory_.snapshot();
  source->sink()->OnPeers({});
  EXPECT_NE(held->FindPeer("a"), nullptr);
  EXPECT_EQ(directory_.snapshot()->FindPeer("a"), nullptr);
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
