// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/kubernetes_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::kubernetes {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Agent {
  std::string name;
  std::string space = "claims";
  std::string address = "10.0.0.1:15443";
  std::string status = "{}";
  std::string uid = "u";
};

std::string ObjectOf(const Agent& agent) {
  return R"({"metadata":{"name":")" + agent.name + R"(","namespace":")" +
         agent.space + R"(","uid":")" + agent.uid +
         R"(","resourceVersion":"8"},"spec":{"address":")" + agent.address +
         R"(","identity":"spiffe://a.b/c"},"status":)" + agent.status + "}";
}

std::string ListOf(const std::vector<Agent>& agents) {
  std::string items;
  for (const Agent& agent : agents) {
    items += (items.empty() ? "" : ",") + ObjectOf(agent);
  }
  return R"({"metadata":{"resourceVersion":"7"},"items":[)" + items + "]}";
}

// Keeps what a directory would know.
class Recorder final : public discovery::SourceSink {
 public:
  void OnPeers(std::vector<discovery::EndpointPtr> told) override {
    known_.clear();
    OnChange(std::move(told), {});
  }
  void OnChange(std::vector<discovery::EndpointPtr> upserts,
                std::vector<std::string> removals) override {
    for (const std::string& name : removals) known_.erase(name);
    for (auto& peer : upserts) known_[peer->name] = std::move(peer);
    names.clear();
    peers.clear();
    for (const auto& [name, peer] : known_) {
      names.push_back(name);
      peers.push_back(peer);
    }
    ++tells;
    changes = upserts.size() + removals.size();
  }
  void OnStatus(const discovery::SourceStatus& value) override {
    status = value;
  }

  std::vector<std::string> names;
  std::vector<discovery::EndpointPtr> peers;
  int tells = 0;
  size_t changes = 0;  // of the last word
  discovery::SourceStatus status;

 private:
  std::map<std::string, discovery::EndpointPtr> known_;
};

class KubernetesSourceTest : public testing::Test {
 protected:
  void Start(KubernetesSourceOptions options = {}) {
    source_.emplace(api_, metrics_, std::move(options));
    source_->Start(&sink_);
  }
  // Listed, and watching.
  void StartWith(const std::vector<Agent>& agents) {
    Start();
    web_.last().Answer(200, ListOf(agents));
    web_.last().Head(200);
    loop_.RunTurn();
  }
  void Tell(const std::string& type, const Agent& agent) {
    web_.last().Body("{\"type\":\"" + type +
                     "\",\"object\":" + ObjectOf(agent) + "}\n");
    loop_.RunTurn();
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  Metrics metrics_;
  Api api_{.loop = loop_, .random = random_, .web = web_, .token = nullptr};
  Recorder sink_;
  std::optional<KubernetesSource> source_;
};

TEST_F(KubernetesSourceTest, TellsTheAgentsOfTheCluster) {
  StartWith({{"a"}, {"b", "shared"}});
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_TRUE(sink_.status.ok);
  EXPECT_EQ(sink_.status.loads, 1u);
  EXPECT_EQ(web_.asked[0]->path(),
            "/apis/herald.dev/v1alpha1/agents?limit=500");
}

TEST_F(KubernetesSourceTest, FollowsWhatComesChangesAndGoes) {
  StartWith({{"a"}});
  Tell("ADDED", {"b"});
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  Tell("MODIFIED", {.name = "b", .address = "10.0.0.9:1"});
  EXPECT_EQ(sink_.peers[1]->address.ToString(), "10.0.0.9:1");
  Tell("DELETED", {"a"});
  EXPECT_THAT(sink_.names, ElementsAre("b"));
}

TEST_F(KubernetesSourceTest, ManyChangesOfOneTurnAreToldOnce) {
  StartWith({{"a"}});
  const int before = sink_.tells;
  web_.last().Body("{\"type\":\"ADDED\",\"object\":" + ObjectOf({"b"}) +
                   "}\n{\"type\":\"ADDED\",\"object\":" + ObjectOf({"c"}) +
                   "}\n");
  loop_.RunTurn();
  EXPECT_EQ(sink_.tells, before + 1);
  EXPECT_THAT(sink_.names, ElementsAre("a", "b", "c"));
}

TEST_F(KubernetesSourceTest, OneChangeIsToldAlone) {
  StartWith({{"a"}, {"b"}, {"c"}});
  EXPECT_EQ(sink_.changes, 3u);
  Tell("MODIFIED", {.name = "b", .address = "10.0.0.9:1"});
  EXPECT_EQ(sink_.changes, 1u);
  Tell("DELETED", {"b"});
  EXPECT_EQ(sink_.changes, 1u);
  EXPECT_THAT(sink_.names, ElementsAre("a", "c"));
}

TEST_F(KubernetesSourceTest, AStatusThatIsOfNoConcernIsNotTold) {
  StartWith({{"a"}});
  const int before = sink_.tells;
  Tell("MODIFIED", {.name = "a", .status = R"({"policyHash":"abc"})"});
  EXPECT_EQ(sink_.tells, before);
}

TEST_F(KubernetesSourceTest, WhoIsNotReadyIsNoPeer) {
  StartWith({{"a"}, {"b"}});
  Tell("MODIFIED", {.name = "a", .status = R"({"ready":false})"});
  EXPECT_THAT(sink_.names, ElementsAre("b"));
  Tell("MODIFIED", {.name = "a", .status = R"({"ready":true})"});
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
}

TEST_F(KubernetesSourceTest, NamesOfTwoNamespacesAreToldApart) {
  StartWith({{"a", "claims"}, {"a", "shared"}, {"b"}});
  EXPECT_THAT(sink_.names, ElementsAre("a.claims", "a.shared", "b"));
  Tell("DELETED", {"a", "shared"});
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
}

TEST_F(KubernetesSourceTest, OneWrongAgentHarmsNoOther) {
  StartWith({{"a"}, {.name = "b", .address = "nowhere"}});
  EXPECT_THAT(sink_.names, ElementsAre("a"));
  EXPECT_TRUE(sink_.status.ok);
  EXPECT_THAT(sink_.status.problem,
              testing::AllOf(HasSubstr("1 of 2 Agents are wrong"),
                             HasSubstr("Agent claims/b")));
  Tell("MODIFIED", {"b"});
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_EQ(sink_.status.problem, "");
}

TEST_F(KubernetesSourceTest, AnAgentThatWentWrongKeepsItsLastWord) {
  StartWith({{"a"}});
  Tell("MODIFIED", {.name = "a", .address = "nowhere"});
  EXPECT_THAT(sink_.names, ElementsAre("a"));
  // Of another Pod there was no word.
  Tell("MODIFIED", {.name = "a", .address = "nowhere", .uid = "u2"});
  EXPECT_THAT(sink_.names, IsEmpty());
  EXPECT_THAT(sink_.status.problem, HasSubstr("1 of 1"));
  Tell("DELETED", {"a"});
  EXPECT_EQ(sink_.status.problem, "");
}

TEST_F(KubernetesSourceTest, ANewListTakesAwayWhatItLacks) {
  StartWith({{"a"}, {"b"}});
  web_.last().Body(R"({"type":"ERROR","object":{"code":410}})"
                   "\n");
  loop_.RunTurn();
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  web_.last().Answer(200, ListOf({{"b"}, {"c"}}));
  loop_.RunTurn();
  EXPECT_THAT(sink_.names, ElementsAre("b", "c"));
}

TEST_F(KubernetesSourceTest, ASilentServerLeavesItsPeersAndIsSaidToBeStale) {
  StartWith({{"a"}});
  web_.last().End(Unavailable("connection refused"));
  loop_.RunTurn();
  EXPECT_THAT(sink_.names, ElementsAre("a"));
  EXPECT_FALSE(sink_.status.ok);
  EXPECT_EQ(sink_.status.problem, "connection refused\n");
}

TEST_F(KubernetesSourceTest, EachNamespaceIsAskedForAlone) {
  Start({.namespaces = {"claims", "shared"}, .selector = "team=x"});
  ASSERT_THAT(web_.asked, SizeIs(2));
  EXPECT_EQ(web_.asked[1]->path(),
            "/apis/herald.dev/v1alpha1/namespaces/shared/agents?limit=500"
            "&labelSelector=team%3Dx");
  auto claims = web_.asked[0];
  auto shared = web_.asked[1];
  claims->Answer(200, ListOf({{"a", "claims"}}));
  shared->Answer(403, R"({"message":"no"})");
  loop_.RunTurn();
  // What is known of one is used, and what is amiss with the other said.
  EXPECT_THAT(sink_.names, ElementsAre("a"));
  EXPECT_FALSE(sink_.status.ok);
  EXPECT_THAT(sink_.status.problem, HasSubstr("namespace shared: no"));
  loop_.RunUntil([&] { return web_.asked.size() == 4; });
  web_.last().Answer(200, ListOf({{"b", "shared"}}));
  loop_.RunTurn();
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_TRUE(sink_.status.ok);
}

TEST_F(KubernetesSourceTest, OurOwnAgentIsNoPeer) {
  Start({.own = {"claims", "a"}});
  web_.last().Answer(200, ListOf({{"a"}, {"b"}}));
  loop_.RunTurn();
  EXPECT_THAT(sink_.names, ElementsAre("b"));
}

TEST_F(KubernetesSourceTest, OurOwnAgentIsMissedWhenItWasThere) {
  int gone = 0;
  Start({.own = {"claims", "a"}, .own_gone = [&] { ++gone; }});
  web_.last().Answer(200, ListOf({{"b"}}));
  web_.last().Head(200);
  EXPECT_EQ(gone, 0);
  Tell("ADDED", {"a"});
  Tell("DELETED", {"a"});
  EXPECT_EQ(gone, 1);
  Tell("ADDED", {"a"});
  web_.last().Body(R"({"type":"ERROR","object":{"code":410}})"
                   "\n");
  web_.last().Answer(200, ListOf({{"b"}}));
  EXPECT_EQ(gone, 2);
}

TEST_F(KubernetesSourceTest, TellsNothingOnceStopped) {
  StartWith({{"a"}});
  auto watch = web_.asked.back();
  Tell("ADDED", {"b"});
  source_->Stop();
  EXPECT_TRUE(watch->given_up);
  loop_.RunFor(seconds(60));
  EXPECT_THAT(web_.asked, SizeIs(2));
}

}  // namespace
}  // namespace herald::kubernetes
