// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/agent_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::kubernetes {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

AgentObject Read(const std::string& spec, const std::string& status = "{}",
                 const std::string& name = "planner-0") {
  auto object = json::Parse(R"({"metadata":{"name":")" + name +
                            R"(","namespace":"claims","uid":"u1"},"spec":)" +
                            spec + R"(,"status":)" + status + "}");
  return ReadAgentObject(object->get_object());
}

const char kSpec[] = R"({"address":"10.0.0.7:15443",
  "identity":"spiffe://acme.example/ns/claims/sa/planner",
  "site":{"country":"NO","region":"eu-north","zone":"a","tier":"NearEdge",
          "operator":"acme","operatorControl":["DE"],"retention":"24h"},
  "agents":[{"name":"planner","skills":["plan"],"tags":["text"]}],
  "via":"gateway-fra"})";

TEST(AgentObjectTest, ReadsWhatThePeersFileWouldSay) {
  const AgentObject agent = Read(kSpec);
  EXPECT_THAT(agent.issues, IsEmpty()) << Render(agent.issues);
  EXPECT_EQ(agent.space, "claims");
  EXPECT_EQ(agent.uid, "u1");
  EXPECT_TRUE(agent.ready);
  ASSERT_THAT(agent.ways, SizeIs(1));
  const discovery::Endpoint& peer = agent.ways[0];
  EXPECT_EQ(peer.name, "planner-0");
  EXPECT_EQ(peer.address.ToString(), "10.0.0.7:15443");
  const Site& site = peer.site;
  EXPECT_EQ(site.country, Country::Parse("NO"));
  EXPECT_EQ(site.region, "eu-north");
  EXPECT_EQ(site.zone, "a");
  EXPECT_EQ(site.retention, std::chrono::hours(24));
  EXPECT_FALSE(site.attestation);
  EXPECT_TRUE(peer.FindAgent("planner") != nullptr);
  EXPECT_EQ(peer.via, "gateway-fra");
}

TEST(AgentObjectTest, ReadsSeveralWays) {
  const AgentObject agent = Read(
      R"({"identity":"spiffe://a.b/c","ways":[
        {"name":"slice","address":"10.9.0.1:15443","dscp":46},
        {"name":"internet","address":"203.0.113.7:15443","transit":[{}]}]})");
  EXPECT_THAT(agent.issues, IsEmpty()) << Render(agent.issues);
  ASSERT_THAT(agent.ways, SizeIs(2));
  EXPECT_EQ(agent.ways[0].way, "slice");
}

TEST(AgentObjectTest, VouchesForNothingButItsWord) {
  EXPECT_FALSE(Read(R"({"address":"10.0.0.7:1","identity":"spiffe://a.b/c",
                        "site":{"attestation":"hardware"}})")
                   .sound());
}

TEST(AgentObjectTest, SaysWhichObjectIsWrongAndWhy) {
  const AgentObject agent =
      Read(R"({"address":"10.0.0.7","identity":"spiffe://a.b","site":{}})");
  EXPECT_FALSE(agent.sound());
  EXPECT_THAT(agent.ways, IsEmpty());
  EXPECT_THAT(Render(agent.issues),
              testing::AllOf(HasSubstr("Agent claims/planner-0: error: "
                                       "address '10.0.0.7' has no port"),
                             HasSubstr("names a trust domain")));
  EXPECT_FALSE(ReadAgentObject({}).sound());
  EXPECT_FALSE(Read("[]").sound());
  EXPECT_FALSE(Read(kSpec, "{}", std::string(64, 'a')).sound());
}

TEST(AgentObjectTest, AKeyOfANewerVersionIsPassedOver) {
  const AgentObject agent = Read(
      R"({"address":"10.0.0.7:1","identity":"spiffe://a.b/c","colour":"red"})");
  EXPECT_TRUE(agent.sound());
  EXPECT_THAT(agent.ways, SizeIs(1));
  EXPECT_THAT(agent.issues, SizeIs(1));
}

TEST(AgentObjectTest, OnlyANoMakesItUnready) {
  EXPECT_TRUE(Read(kSpec, "{}").ready);
  EXPECT_TRUE(Read(kSpec, R"({"ready":true})").ready);
  EXPECT_FALSE(Read(kSpec, R"({"ready":false})").ready);
}

TEST(AgentObjectTest, WhatIsWrittenIsReadBackTheSame) {
  const AgentObject read = Read(kSpec);
  OwnAgent own{.name = "planner-0",
               .space = "claims",
               .pod_name = "planner-0",
               .pod_uid = "p1",
               .endpoint = read.ways.at(0)};
  json::Object object = RenderAgentObject(own);
  EXPECT_EQ(object.at("apiVersion").as_string(), "herald.dev/v1alpha1");
  const auto& owners = object.at("metadata").at("ownerReferences").as_array();
  ASSERT_EQ(owners.size(), 1u);
  EXPECT_EQ(owners[0].at("kind").as_string(), "Pod");
  EXPECT_EQ(owners[0].at("uid").as_string(), "p1");
  const AgentObject again = ReadAgentObject(object);
  EXPECT_EQ(again.ways.at(0), read.ways.at(0));
  own.pod_uid.clear();
  EXPECT_EQ(RenderAgentObject(own)
                .at("metadata")
                .as_object()
                .count("ownerReferences"),
            0u);
}

TEST(AgentObjectTest, StatusIsAppliedAlone) {
  const json::Object object =
      RenderAgentStatus({.name = "planner-0", .space = "claims"}, false, "abc");
  EXPECT_EQ(object.count("spec"), 0u);
  EXPECT_EQ(object.at("status").at("ready").as_bool(), false);
  EXPECT_EQ(object.at("status").at("policyHash").as_string(), "abc");
}

}  // namespace
}  // namespace herald::kubernetes
