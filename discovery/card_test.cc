// SPDX-License-Identifier: Apache-2.0
#include "discovery/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kCard10[] = R"({
  "name": "Route planner", "description": "Plans\nroutes.", "version": "1.2.0",
  "supportedInterfaces": [{"url": "https://elsewhere.example/a2a",
                           "protocolBinding": "JSONRPC",
                           "protocolVersion": "1.0"}],
  "capabilities": {"streaming": true},
  "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
  "skills": [
    {"id": "route", "name": "Route", "description": "d",
     "tags": ["maps", "traffic"], "outputModes": ["image/png"]},
    {"id": "map", "name": "Map", "description": "d", "tags": ["maps"],
     "inputModes": ["application/json"]}]})";

constexpr char kCard03[] = R"({
  "protocolVersion": "0.3.0", "name": "Old", "url": "http://x/",
  "preferredTransport": "JSONRPC", "version": "0.1", "description": "Was here.",
  "capabilities": {}, "defaultInputModes": ["text/plain"],
  "defaultOutputModes": [], "skills": [{"id": "one", "tags": []}]})";

std::string Fault(std::string_view text) {
  return Message(ParseCard(text).status());
}

TEST(CardTest, ReadsACardOfToday) {
  const auto card = ParseCard(kCard10);
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(card->name, "Route planner");
  EXPECT_EQ(card->description, "Plans routes.");
  EXPECT_EQ(card->version, "1.2.0");
  ASSERT_THAT(card->skills, SizeIs(2));
  EXPECT_EQ(card->skills[0].id, "route");
  EXPECT_THAT(card->skills[0].tags, ElementsAre("maps", "traffic"));
  EXPECT_THAT(card->skills[0].output_modes, ElementsAre("image/png"));
}

TEST(CardTest, ReadsACardOfYesterday) {
  const auto card = ParseCard(kCard03);
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(card->name, "Old");
  EXPECT_THAT(card->input_modes, ElementsAre("text/plain"));
  EXPECT_THAT(card->skills, SizeIs(1));
}

TEST(CardTest, ReadsProtobufsOtherSpelling) {
  const auto card =
      ParseCard(R"({"name":"a","skills":[{"id":"x","input_modes":["a/b"]}],)"
                R"("default_output_modes":["c/d"]})");
  ASSERT_TRUE(card.ok());
  EXPECT_THAT(card->skills[0].input_modes, ElementsAre("a/b"));
  EXPECT_THAT(card->output_modes, ElementsAre("c/d"));
}

TEST(CardTest, WhatIsNoCardIsSaidSo) {
  EXPECT_THAT(Fault(""), HasSubstr("no JSON object"));
  EXPECT_THAT(Fault("[1]"), HasSubstr("no JSON object"));
  EXPECT_THAT(Fault(R"({"name":"a"})"), HasSubstr("no A2A card"));
  EXPECT_THAT(Fault(R"({"skills":[]})"), HasSubstr("no A2A card"));
  EXPECT_THAT(Fault(R"({"name":1,"skills":[]})"), HasSubstr("no A2A card"));
  EXPECT_THAT(Fault(std::string(kMaxCard + 1, ' ')), HasSubstr("more than"));
}

TEST(CardTest, WhatIsWronglyWrittenIsLeftOut) {
  const auto card = ParseCard(
      R"({"name":"a","version":7,"defaultInputModes":"text/plain","skills":)"
      R"([1,{},{"id":""},{"id":"a\nb"},{"id":"ok","tags":[1,"t","t",""]},)"
      R"({"id":"ok","tags":["again"]}]})");
  ASSERT_TRUE(card.ok());
  EXPECT_EQ(card->version, "");
  EXPECT_THAT(card->input_modes, IsEmpty());
  ASSERT_THAT(card->skills, SizeIs(1));
  EXPECT_THAT(card->skills[0].tags, ElementsAre("t"));
}

TEST(CardTest, BoundsHold) {
  std::string skills, tags;
  for (int i = 0; i < 100; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    skills += comma + R"({"id":"s)" + std::to_string(i) + R"("})";
    tags += comma + "\"t" + std::to_string(i) + "\"";
  }
  const auto card =
      ParseCard(R"({"name":"a","description":")" + std::string(1023, 'x') +
                "\xc3\xa4"
                R"(","skills":[{"id":"first","tags":[)" +
                tags + "]}," + skills + "]}");
  ASSERT_TRUE(card.ok());
  EXPECT_THAT(card->skills, SizeIs(64));
  EXPECT_THAT(card->skills[0].tags, SizeIs(32));
  EXPECT_EQ(card->description, std::string(1023, 'x'));  // no half character
}

TEST(CardTest, ACardAddsWhatTheConfigurationDoesNotSay) {
  const AgentInfo agent =
      Merged({.name = "planner", .tags = {"own"}}, *ParseCard(kCard10));
  EXPECT_EQ(agent.name, "planner");
  EXPECT_THAT(agent.skills, ElementsAre("route", "map"));
  EXPECT_THAT(agent.tags, ElementsAre("own"));
  EXPECT_THAT(agent.input_modes, ElementsAre("text/plain", "application/json"));
  EXPECT_THAT(agent.output_modes, ElementsAre("text/plain", "image/png"));
  EXPECT_EQ(agent.description, "Plans routes.");
  EXPECT_EQ(agent.version, "1.2.0");
}

}  // namespace
}  // namespace herald::discovery
