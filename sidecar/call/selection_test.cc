// SPDX-License-Identifier: Apache-2.0
//
// What policy, discovery and the agent say, as the choice of a peer heeds it.
#include "sidecar/call/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sidecar/call/scene_testing.h"
#include "sidecar/routing/balancer.h"
#include "tests/support/compile_policy.h"

namespace herald::call {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;
using Counts = std::map<std::string, int>;

class SelectionTest : public testing::Test {
 protected:
  SelectionTest() {
    for (const char* peer : {"sum-de", "sum-fr", "sum-us"}) Up(peer);
  }

  void Up(const std::string& peer, milliseconds rtt = milliseconds(4)) {
    scene_.SetLink(peer, routing::Link::kUp);
    scene_.peers.State(peer).OnRtt(rtt, milliseconds(0));
    scene_.peers.State(peer).OnReport({.ttfb = milliseconds(10)},
                                      scene_.loop.Now());
  }

  // Everything is permitted; `prefer` is the inside of the Prefer rule.
  void Prefer(const std::string& prefer) {
    scene_.program = test::CompilePolicy(
        "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
        "metadata: {name: p}\nspec:\n  rules:\n"
        "  - {id: all, effect: Permit, covers: [unlabelled]}\n"
        "  - {id: some, effect: Prefer, prefer: {" +
        prefer + "}}\n");
  }

  FarEndPtr Ask(std::string_view name = "", std::string_view value = "") {
    http::RequestHead head = Request("POST", "/x");
    if (!name.empty()) head.headers.Add(name, value);
    return scene_.Ask(head);
  }

  // Of 60 calls that are answered, how many went where.
  Counts Spread() {
    Counts counts;
    for (int i = 0; i < 60; ++i) {
      Ask();
      ++counts[scene_.mesh.peer()];
      scene_.mesh.far().Response(200, true);
    }
    return counts;
  }

  Scene scene_;
};

TEST_F(SelectionTest, PeersOfACountryCanBePreferred) {
  EXPECT_EQ(Spread().size(), 3u);
  Prefer("near: {country: FR, bonus: 20ms}");
  EXPECT_EQ(Spread(), (Counts{{"sum-fr", 60}}));
  Up("sum-fr", milliseconds(40));  // 40 - 20 against 4
  EXPECT_EQ(Spread().count("sum-fr"), 0u);
}

TEST_F(SelectionTest, CountryAndOperatorMustBothMatch) {
  Prefer("near: {country: FR, operator: other, bonus: 20ms}");
  EXPECT_EQ(Spread().size(), 3u);
  Prefer("near: {country: FR, operator: acme, bonus: 20ms}");
  EXPECT_EQ(Spread(), (Counts{{"sum-fr", 60}}));
}

TEST_F(SelectionTest, WeightsSplitCallsByPatternsOfNames) {
  Prefer(
      "weights: [{peers: [\"sum-d*\"], weight: 1}, {peers: [sum-us], weight: "
      "1}]");
  const Counts counts = Spread();
  EXPECT_EQ(counts.count("sum-fr"), 0u);
  EXPECT_NEAR(counts.at("sum-de"), 30, 19);  // 5 sigma
  scene_.SetLink("sum-de", routing::Link::kDown);
  EXPECT_EQ(Spread(), (Counts{{"sum-us", 60}}));
}

TEST_F(SelectionTest, AFlipOfAWeightMovesAllCalls) {
  Prefer(
      "weights: [{peers: [sum-de], weight: 0}, {peers: [sum-us], weight: 1}]");
  EXPECT_EQ(Spread(), (Counts{{"sum-us", 60}}));
  Prefer(
      "weights: [{peers: [sum-de], weight: 1}, {peers: [sum-us], weight: 0}]");
  EXPECT_EQ(Spread(), (Counts{{"sum-de", 60}}));
}

TEST_F(SelectionTest, APriceAboveTheCeilingComesLast) {
  std::vector<discovery::EndpointPtr> peers;
  for (const auto& known : scene_.snapshot->Serving("summarizer")) {
    discovery::Endpoint peer = *known;
    peer.egress_cents_per_gib = peer.name == "sum-fr" ? 9 : 12;
    peers.push_back(
        std::make_shared<const discovery::Endpoint>(std::move(peer)));
  }
  scene_.Know(peers);
  Up("sum-fr", milliseconds(40));
  EXPECT_EQ(Spread().count("sum-fr"), 0u);
  Prefer("cost: {ceilingPerGiB: 0.09}");
  EXPECT_EQ(Spread(), (Counts{{"sum-fr", 60}}));
}

TEST_F(SelectionTest, APredictionBeyondTheBoundComesLast) {
  Prefer("maxPredictedTtfb: 100ms");
  for (const char* peer : {"sum-de", "sum-fr"}) {
    scene_.peers.State(peer).OnReport({.ttfb = milliseconds(99)},
                                      scene_.loop.Now());
  }
  scene_.peers.State("sum-us").OnReport(
      {.in_flight = 7, .ttfb = milliseconds(90)}, scene_.loop.Now());
  EXPECT_EQ(Spread().count("sum-us"), 1u);
  EXPECT_EQ(Spread().size(), 1u);  // 4 + 99 and 4 + 90
}

TEST_F(SelectionTest, CallsOfOneAffinityStayTogether) {
  Ask("herald-affinity", "case-1");
  const std::string first = scene_.mesh.peer();
  scene_.mesh.far().Response(200, true);
  for (int i = 0; i < 20; ++i) {
    Ask("herald-affinity", "case-1");
    EXPECT_EQ(scene_.mesh.peer(), first);
    scene_.mesh.far().Response(200, true);
  }
}

TEST_F(SelectionTest, ARequiredPeerThatIsDownIsNamedAndNotReplaced) {
  Ask("herald-affinity", "case-1; required");
  const std::string first = scene_.mesh.peer();
  scene_.mesh.far().Response(200, true);
  scene_.SetLink(first, routing::Link::kDown);
  const auto refused = Ask("herald-affinity", "case-1; required");
  scene_.loop.RunFor(routing::kLongestPause);  // it might have paused
  EXPECT_EQ(refused->head().status, 503);
  EXPECT_THAT(refused->body(), HasSubstr("no-peer"));
  EXPECT_THAT(refused->body(), HasSubstr(first));
  EXPECT_THAT(refused->body(), HasSubstr("case-1"));
  Ask("herald-affinity", "case-1");
  EXPECT_NE(scene_.mesh.peer(), first);
}

TEST_F(SelectionTest, TheRouteIsExplainedToWhoAsks) {
  auto client = Ask("herald-explain", "route");
  scene_.mesh.far().Response(200, true);
  EXPECT_EQ(client->Header("herald-route"),
            "peer=" + scene_.mesh.peer() +
                "; reason=best; score=14.0ms; rtt=4.0ms; service=10.0ms; "
                "load=0/8; of=3");
  client = Ask();
  scene_.mesh.far().Response(200, true);
  EXPECT_EQ(client->Header("herald-route"), "");
}

}  // namespace
}  // namespace herald::call
