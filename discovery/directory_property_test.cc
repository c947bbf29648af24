// SPDX-License-Identifier: Apache-2.0
//
// The directory against its definition: whatever sources tell, in whatever
// order, its snapshot is what a merge of their whole lists would be.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/base/random.h"
#include "discovery/directory.h"

namespace herald::discovery {
namespace {

using Peers = std::vector<EndpointPtr>;

class SilentSource final : public Source {
 public:
  explicit SilentSource(SourceSink** sink) : sink_(sink) {}
  void Start(SourceSink* sink) override { *sink_ = sink; }
  void Stop() override {}

 private:
  SourceSink** sink_;
};

// Three sources, and beside the directory what each of them has told, by name.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    for (SourceSink*& sink : sinks_) {
      directory_.Add(std::make_unique<SilentSource>(&sink));
    }
    directory_.Observe([this](const SnapshotPtr& snapshot, auto names) {
      CheckNames(*snapshot, names);
      before_ = snapshot;
    });
    directory_.Start();
  }

  void Step() {
    const size_t who = random_.Below(kSources);
    if (random_.Below(8) == 0) {
      TellAll(who);
    } else {
      TellSome(who);
    }
  }

  // In order of name and way.
  Peers Naive() const {
    std::map<std::string, Peers> merged;
    for (const auto& told : told_) merged.insert(told.begin(), told.end());
    Peers out;
    for (const auto& [name, ways] : merged) {
      out.insert(out.end(), ways.begin(), ways.end());
    }
    return out;
  }
  const Snapshot& snapshot() const { return *directory_.snapshot(); }

 private:
  static constexpr size_t kSources = 3;

  std::string SomeName() { return "p" + std::to_string(random_.Below(400)); }

  Peers SomeWays(const std::string& name) {
    Peers out;
    const size_t ways = 1 + random_.Below(2);
    for (size_t i = 0; i < ways; ++i) {
      Endpoint peer{.name = name, .way = std::string(i, 'w')};
      for (uint64_t agent = random_.Below(3); agent > 0; --agent) {
        peer.agents.Edit().push_back(
            {.name = "agent-" + std::to_string(random_.Below(20))});
      }
      out.push_back(std::make_shared<const Endpoint>(std::move(peer)));
    }
    return out;
  }

  void TellAll(size_t who) {
    told_[who].clear();
    Peers all;
    for (uint64_t left = random_.Below(300); left > 0; --left) {
      const std::string name = SomeName();
      if (told_[who].contains(name)) continue;
      const Peers ways = told_[who][name] = SomeWays(name);
      all.insert(all.end(), ways.rbegin(), ways.rend());
    }
    sinks_[who]->OnPeers(std::move(all));
  }

  void TellSome(size_t who) {
    std::set<std::string> upserted;
    Peers upserts;
    std::vector<std::string> removals;
    for (uint64_t left = random_.Below(6); left > 0; --left) {
      const std::string name = SomeName();
      if (!upserted.insert(name).second) continue;
      if (random_.Below(3) == 0) {
        told_[who].erase(name);
        removals.push_back(name);
        continue;
      }
      const Peers ways = told_[who][name] = SomeWays(name);
      upserts.insert(upserts.end(), ways.begin(), ways.end());
    }
    sinks_[who]->OnChange(std::move(upserts), std::move(removals));
  }

  // Exactly the peers that are different are named.
  void CheckNames(const Snapshot& after, std::span<const std::string> names) {
    EXPECT_FALSE(names.empty());
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    std::set<std::string> all;
    for (const EndpointPtr& peer : before_->peers()) all.insert(peer->name);
    for (const EndpointPtr& peer : after.peers()) all.insert(peer->name);
    for (const std::string& name : all) {
      const auto old = before_->WaysTo(name);
      const auto now = after.WaysTo(name);
      const bool same =
          std::equal(old.begin(), old.end(), now.begin(), now.end());
      EXPECT_EQ(std::binary_search(names.begin(), names.end(), name), !same)
          << name;
    }
  }

  Random random_;
  Directory directory_;
  SourceSink* sinks_[kSources] = {};
  std::map<std::string, Peers> told_[kSources];
  SnapshotPtr before_ = directory_.snapshot();
};

void ExpectSame(const Snapshot& snapshot, const Peers& naive) {
  const Snapshot fresh(1, naive);
  auto equal = [](const auto& a, const auto& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return *x == *y; });
  };
  EXPECT_TRUE(equal(snapshot.peers(), naive));
  EXPECT_EQ(snapshot.peers().size(), naive.size());
  ASSERT_EQ(snapshot.AgentNames(), fresh.AgentNames());
  for (const std::string& agent : fresh.AgentNames()) {
    EXPECT_TRUE(equal(snapshot.Serving(agent), fresh.Serving(agent))) << agent;
  }
}

TEST(DirectoryPropertyTest, IsWhatAMergeOfWholeListsWouldBe) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int step = 0; step < 120; ++step) {
      world.Step();
      ExpectSame(world.snapshot(), world.Naive());
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace herald::discovery
