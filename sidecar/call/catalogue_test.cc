// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/catalogue.h"

#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using discovery::AgentInfo;
using discovery::Snapshot;

TEST(CatalogueTest, AGreetingComesBackAsItWent) {
  std::vector<AgentInfo> agents = {{.name = "planner",
                                    .skills = {"plan"},
                                    .tags = {"text"},
                                    .idempotent = {"GET *", "POST /plan"}},
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

TEST(CatalogueTest, ListsOwnAndPeersAgentsByName) {
  Snapshot snapshot(
      1, {Peer("sum-fr", "FR", {{.name = "sum", .skills = {"b", "a"}}}),
          Peer("sum-us", "US", {{.name = "sum", .skills = {"c"}}})});
  std::string text =
      RenderCatalogue(snapshot, {{.name = "planner", .tags = {"t"}}}, "node");
  EXPECT_EQ(text,
            R"({"agents":[{"name":"planner","skills":[],"tags":["t"],)"
            R"("peers":[{"name":"node","local":true}]},)"
            R"({"name":"sum","skills":["a","b","c"],"tags":[],)"
            R"("peers":[{"name":"sum-fr","country":"FR","tier":"FarEdge"},)"
            R"({"name":"sum-us","country":"US","tier":"FarEdge"}]}]})"
            "\n");
}

TEST(CatalogueTest, ANodeThatTheFileNamesTooIsListedOnce) {
  Snapshot snapshot(1, {Peer("node", "FR", {{.name = "planner"}})});
  EXPECT_EQ(
      RenderCatalogueEntry(snapshot, {{.name = "planner"}}, "node", "planner"),
      R"({"name":"planner","skills":[],"tags":[],"peers":)"
      R"([{"name":"node","local":true}]})"
      "\n");
}

TEST(CatalogueTest, OneEntryIsThatOfTheList) {
  Snapshot snapshot(1, {Peer("sum-fr", "FR", {{.name = "sum"}})});
  EXPECT_EQ(RenderCatalogueEntry(snapshot, {}, "node", "sum"),
            R"({"name":"sum","skills":[],"tags":[],"peers":)"
            R"([{"name":"sum-fr","country":"FR","tier":"FarEdge"}]})"
            "\n");
  EXPECT_EQ(RenderCatalogueEntry(snapshot, {}, "node", "su"), std::nullopt);
}

}  // namespace
}  // namespace herald::call
