// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/catalogue_query.h"
#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using discovery::AgentInfo;
using discovery::Snapshot;
using testing::HasSubstr;

TEST(CatalogueTest, AGreetingComesBackAsItWent) {
  std::vector<AgentInfo> agents = {{.name = "planner",
                                    .skills = {"plan"},
                                    .tags = {"text"},
                                    .idempotent = {"GET *", "POST /plan"},
                                    .input_modes = {"text/plain"},
                                    .output_modes = {"image/*"},
                                    .labels = {"personal"},
                                    .description = "Plans.",
                                    .version = "1.2"},
                                   {.name = "other"}};
  EXPECT_EQ(ParseCatalogue(RenderGreeting(agents)), agents);
}

TEST(CatalogueTest, WhatIsNoCatalogueIsRefused) {
  for (const char* text :
       {"", "nonsense", "[]", "{}", R"({"agents":1})", R"({"agents":["a"]})",
        R"({"agents":[{}]})", R"({"agents":[{"name":1}]})"}) {
    EXPECT_EQ(ParseCatalogue(text), std::nullopt) << text;
  }
}

TEST(CatalogueTest, KeysItDoesNotKnowAreSkipped) {
  auto agents = ParseCatalogue(
      R"({"new":1,"agents":[{"name":"a","skills":["x",7],"more":{}}]})");
  ASSERT_TRUE(agents);
  ASSERT_EQ(agents->size(), 1u);
  EXPECT_EQ(agents->front().skills, std::vector<std::string>{"x"});
}

// A node at DE with `planner`, among the peers of a test.
class CatalogueOfTest : public testing::Test {
 protected:
  Catalogue Of(const Snapshot& snapshot) const {
    return {.snapshot = snapshot,
            .own = own_,
            .own_site = site_,
            .own_node = node_,
            .peers = &book_};
  }
  std::string Asked(const Snapshot& snapshot, std::string_view query) const {
    return Of(snapshot).Render(ParseCatalogueQuery(query)->query);
  }
  void Greet(const discovery::EndpointPtr& peer, const std::string& text) {
    book_.OnProbe(*peer, http::ResponseHead{.status = 200}, text);
  }

  const std::vector<AgentInfo> own_ = {{.name = "planner", .tags = {"t"}}};
  const Site site_ = SiteIn("DE");
  const std::string node_ = "node";
  test::FakeLoop loop_;
  PeerBook book_{loop_};
};

TEST_F(CatalogueOfTest, ListsOwnAndPeersAgentsByName) {
  Snapshot snapshot(
      1, {Peer("sum-fr", "FR", {{.name = "sum", .skills = {"b", "a"}}}),
          Peer("sum-us", "US", {{.name = "sum", .skills = {"c"}}})});
  EXPECT_EQ(Of(snapshot).Render(),
            R"({"agents":[{"name":"planner","skills":[],"tags":["t"],)"
            R"("peers":[{"name":"node","local":true}]},)"
            R"({"name":"sum","skills":["a","b","c"],"tags":[],)"
            R"("peers":[{"name":"sum-fr","country":"FR","tier":"FarEdge"},)"
            R"({"name":"sum-us","country":"US","tier":"FarEdge"}]}]})"
            "\n");
}

TEST_F(CatalogueOfTest, ANodeThatTheFileNamesTooIsListedOnce) {
  Snapshot snapshot(1, {Peer("node", "FR", {{.name = "planner"}})});
  EXPECT_EQ(Of(snapshot).RenderOne("planner"),
            R"({"name":"planner","skills":[],"tags":["t"],"peers":)"
            R"([{"name":"node","local":true}]})"
            "\n");
}

TEST_F(CatalogueOfTest, OneEntryIsThatOfTheList) {
  Snapshot snapshot(1, {Peer("sum-fr", "FR", {{.name = "sum"}})});
  EXPECT_EQ(Of(snapshot).RenderOne("sum"),
            R"({"name":"sum","skills":[],"tags":[],"peers":)"
            R"([{"name":"sum-fr","country":"FR","tier":"FarEdge"}]})"
            "\n");
  EXPECT_EQ(Of(snapshot).RenderOne("su"), std::nullopt);
}

TEST_F(CatalogueOfTest, AQueryLeavesThosePeersThatAreSo) {
  Snapshot snapshot(
      1, {Peer("sum-fr", "FR", {{.name = "sum", .skills = {"long"}}}),
          Peer("sum-us", "US",
               {{.name = "sum", .skills = {"long", "short"}},
                {.name = "paint", .output_modes = {"image/png"}}})});
  EXPECT_EQ(Asked(snapshot, "skill=long&country=FR"),
            R"({"agents":[{"name":"sum","skills":["long"],"tags":[],)"
            R"("peers":[{"name":"sum-fr","country":"FR","tier":"FarEdge"}]}]})"
            "\n");
  EXPECT_EQ(Asked(snapshot, "output=image/*"),
            R"({"agents":[{"name":"paint","skills":[],"tags":[],)"
            R"("outputModes":["image/png"],)"
            R"("peers":[{"name":"sum-us","country":"US","tier":"FarEdge"}]}]})"
            "\n");
  EXPECT_EQ(Asked(snapshot, "country=US&tag=t"), "{\"agents\":[]}\n");
  EXPECT_THAT(Asked(snapshot, "country=DE&tag=t"), HasSubstr("planner"));
}

TEST_F(CatalogueOfTest, APeerIsFoundByWhatItSaysItself) {
  const auto peer = Peer("sum-fr", "FR", {{.name = "sum"}});
  Snapshot snapshot(1, {peer});
  EXPECT_EQ(Asked(snapshot, "skill=shorten"), "{\"agents\":[]}\n");
  Greet(peer, RenderGreeting({{.name = "sum",
                               .skills = {"shorten"},
                               .description = "Makes texts short."}}));
  EXPECT_THAT(Asked(snapshot, "skill=shorten"),
              HasSubstr("Makes texts short."));
}

TEST_F(CatalogueOfTest, IsAnAiCatalogToo) {
  Snapshot snapshot(
      1, {Peer("sum-fr", "FR", {{.name = "sum", .description = "Sums up."}})});
  EXPECT_EQ(Of(snapshot).RenderAiCatalog("http://127.0.0.1:15001",
                                         "acme.example", {.name = "sum"}),
            R"({"specVersion":"1.0","host":{"displayName":"node"},"entries":[)"
            R"({"identifier":"urn:air:acme.example:agents:sum",)"
            R"("displayName":"sum","type":"application/a2a-agent-card+json",)"
            R"("url":"http://127.0.0.1:15001/agents/sum/.well-known/)"
            R"(agent-card.json","description":"Sums up."}]})"
            "\n");
}

TEST_F(CatalogueOfTest, APeerOfSeveralWaysIsListedOnce) {
  auto by = [](const char* way) {
    auto peer = *Peer("sum-fr", "FR", {{.name = "sum"}});
    peer.way = way;
    return std::make_shared<const discovery::Endpoint>(std::move(peer));
  };
  Snapshot snapshot(1, {by("slice"), by("internet")});
  EXPECT_EQ(Of(snapshot).RenderOne("sum"),
            R"({"name":"sum","skills":[],"tags":[],"peers":)"
            R"([{"name":"sum-fr","country":"FR","tier":"FarEdge"}]})"
            "\n");
}

TEST(CatalogueQueryTest, SaysWhatIsWrong) {
  auto fault = [](std::string_view query) {
    return Message(ParseCatalogueQuery(query).status());
  };
  EXPECT_THAT(fault("colour=red"), HasSubstr("'colour' is none of"));
  EXPECT_THAT(fault("watch=yes"), HasSubstr("'watch' is 1 or 0"));
  EXPECT_THAT(fault("skill=%zz"), HasSubstr("escapes nothing"));
  EXPECT_FALSE(ParseCatalogueQuery("watch=0")->watch);
  EXPECT_TRUE(ParseCatalogueQuery("tag=a&watch=1")->watch);
}

}  // namespace
}  // namespace herald::call
