// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/authorize.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/load.h"

namespace herald::call {
namespace {

constexpr char kPolicy[] =
    "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
    "metadata: {name: p}\nspec:\n  rules:\n"
    "  - {id: a, effect: Permit, covers: [unlabelled], where: {process: "
    "{countries: {in: [COUNTRY]}}}}\n";

std::shared_ptr<const policy::Program> Permitting(const std::string& country) {
  std::string text = kPolicy;
  text.replace(text.find("COUNTRY"), 7, country);
  return policy::Load({{"p.yaml", text}}).program;
}

discovery::EndpointPtr PeerIn(const std::string& name, const char* country) {
  auto peer = std::make_shared<discovery::Endpoint>();
  peer->name = name;
  peer->site.Edit().country = Country::Parse(country);
  return peer;
}

std::vector<std::string> Allowed(NodeViews& views,
                                 std::span<const discovery::EndpointPtr> peers,
                                 std::span<const std::string> tried = {}) {
  discovery::Snapshot snapshot;
  std::vector<std::string> names;
  for (const auto& peer :
       Authorize(views, CallFacts{}, peers, snapshot, tried).allowed) {
    names.push_back(peer->name);
  }
  return names;
}

TEST(AuthorizeTest, KeepsThePeersThatPolicyAllows) {
  NodeViews views;
  views.Use(Permitting("DE"));
  std::vector<discovery::EndpointPtr> peers = {PeerIn("de", "DE"),
                                               PeerIn("us", "US")};
  EXPECT_EQ(Allowed(views, peers), std::vector<std::string>{"de"});
  std::vector<std::string> tried = {"de"};
  EXPECT_TRUE(Allowed(views, peers, tried).empty());
}

TEST(AuthorizeTest, AWayIsJudgedByTheNetworksThatItPasses) {
  std::string text = kPolicy;
  text.replace(text.find("COUNTRY"), 7, "DE");
  text.replace(text.find("}}}}\n"), 5,
               "}}, transit: {countries: {in: [DE]}}}}\n");
  NodeViews views;
  views.Use(policy::Load({{"p.yaml", text}}).program);
  auto by = [](const char* way, const char* country) {
    auto peer = std::make_shared<discovery::Endpoint>(*PeerIn(way, "DE"));
    peer->transit.Edit().emplace_back().country = Country::Parse(country);
    return peer;
  };
  std::vector<discovery::EndpointPtr> peers = {
      by("slice", "DE"), by("internet", "US"), PeerIn("direct", "DE")};
  EXPECT_EQ(Allowed(views, peers),
            (std::vector<std::string>{"slice", "direct"}));
  discovery::Snapshot snapshot;
  Judged judged = JudgeOne(views.program(), CallFacts{}, peers[1], snapshot);
  EXPECT_FALSE(judged.decision.allowed());
}

TEST(AuthorizeTest, AFailedWayLeavesTheOthersOfItsPeer) {
  auto by = [](const char* way) {
    auto peer = std::make_shared<discovery::Endpoint>(*PeerIn("fra", "DE"));
    peer->way = way;
    return peer;
  };
  NodeViews views;
  views.Use(Permitting("DE"));
  std::vector<discovery::EndpointPtr> peers = {by("slice"), by("internet")};
  std::vector<std::string> one_way = {"fra by slice"};
  EXPECT_EQ(Allowed(views, peers, one_way).size(), 1u);
  std::vector<std::string> all_ways = {"fra"};
  EXPECT_TRUE(Allowed(views, peers, all_ways).empty());
}

TEST(AuthorizeTest, APeerIsSeenAnewByEachProgram) {
  NodeViews views;
  std::vector<discovery::EndpointPtr> peers = {PeerIn("de", "DE"),
                                               PeerIn("us", "US")};
  views.Use(Permitting("DE"));
  EXPECT_EQ(Allowed(views, peers), std::vector<std::string>{"de"});
  views.Use(Permitting("US"));
  EXPECT_EQ(Allowed(views, peers), std::vector<std::string>{"us"});
}

TEST(AuthorizeTest, APeerWhoseFactsChangeIsAnotherOne) {
  NodeViews views;
  views.Use(Permitting("DE"));
  std::vector<discovery::EndpointPtr> peers = {PeerIn("a", "US")};
  EXPECT_TRUE(Allowed(views, peers).empty());
  peers = {PeerIn("a", "DE")};
  EXPECT_EQ(Allowed(views, peers), std::vector<std::string>{"a"});
}

TEST(AuthorizeTest, BeyondItsBoundViewsAreMadeAnew) {
  NodeViews views;
  auto program = Permitting("DE");
  views.Use(program);
  std::vector<discovery::EndpointPtr> peers;
  for (size_t i = 0; i < NodeViews::kMaxViews + 1; ++i) {
    peers.push_back(PeerIn("p" + std::to_string(i), "DE"));
  }
  EXPECT_EQ(Allowed(views, peers).size(), peers.size());
  views.Use(program);
  EXPECT_EQ(Allowed(views, peers).size(), peers.size());
}

}  // namespace
}  // namespace herald::call
