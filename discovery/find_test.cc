// SPDX-License-Identifier: Apache-2.0
#include "discovery/find.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace herald::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Endpoint Peer(std::string name, const char* country, Tier tier,
              AgentInfo agent) {
  Endpoint peer;
  peer.name = std::move(name);
  peer.site = Site{.country = Country::Parse(country), .tier = tier};
  peer.agents = {std::move(agent)};
  return peer;
}

std::vector<Endpoint> Mesh() {
  return {Peer("fra", "DE", Tier::kNearEdge,
               {.name = "sum",
                .skills = {"summarize", "shorten"},
                .tags = {"text", "legal"},
                .input_modes = {"text/*"},
                .output_modes = {"text/plain", "application/json"},
                .labels = {"personal"}}),
          Peer("nyc", "US", Tier::kCloud,
               {.name = "sum",
                .skills = {"summarize"},
                .tags = {"text"},
                .input_modes = {"text/plain; charset=utf-8"}}),
          Peer("par", "FR", Tier::kCloud,
               {.name = "paint",
                .tags = {"picture"},
                .input_modes = {"*/*"},
                .output_modes = {"image/PNG"}})};
}

// The names of those found by "key=value key=value ...".
std::vector<std::string> Found(
    std::vector<std::pair<const char*, const char*>> wishes) {
  AgentQuery query;
  for (const auto& [key, value] : wishes) {
    EXPECT_TRUE(Ask(query, key, value).ok()) << key;
  }
  std::vector<std::string> names;
  for (const Endpoint& peer : Mesh()) {
    if (Matches(query, peer.agents[0]) && Matches(query, *peer.site)) {
      names.push_back(peer.name);
    }
  }
  return names;
}

TEST(FindTest, NothingAskedFindsAll) {
  EXPECT_THAT(Found({}), ElementsAre("fra", "nyc", "par"));
}

TEST(FindTest, EachWishNarrows) {
  EXPECT_THAT(Found({{"name", "sum"}}), ElementsAre("fra", "nyc"));
  EXPECT_THAT(Found({{"skill", "shorten"}}), ElementsAre("fra"));
  EXPECT_THAT(Found({{"tag", "text"}}), ElementsAre("fra", "nyc"));
  EXPECT_THAT(Found({{"label", "personal"}}), ElementsAre("fra"));
  EXPECT_THAT(Found({{"country", "US"}}), ElementsAre("nyc"));
  EXPECT_THAT(Found({{"tier", "Cloud"}}), ElementsAre("nyc", "par"));
}

TEST(FindTest, AllWishesMustBeMet) {
  EXPECT_THAT(Found({{"skill", "summarize"}, {"skill", "shorten"}}),
              ElementsAre("fra"));
  EXPECT_THAT(Found({{"tag", "text"}, {"country", "FR"}}), IsEmpty());
  EXPECT_THAT(Found({{"name", "sum"}, {"tier", "Cloud"}}), ElementsAre("nyc"));
}

TEST(FindTest, MediaTypesMeetByTheirStars) {
  EXPECT_THAT(Found({{"input", "text/plain"}}),
              ElementsAre("fra", "nyc", "par"));
  EXPECT_THAT(Found({{"input", "text/html"}}), ElementsAre("fra", "par"));
  EXPECT_THAT(Found({{"input", "image/*"}}), ElementsAre("par"));
  EXPECT_THAT(Found({{"output", "Image/png"}}), ElementsAre("par"));
  EXPECT_THAT(Found({{"output", "application/json"}}), ElementsAre("fra"));
}

TEST(FindTest, NobodyIsFoundByWhatItDoesNotSay) {
  EXPECT_THAT(Found({{"output", "*/*"}}), ElementsAre("fra", "par"));
}

TEST(FindTest, AWishThatIsNoneIsRefused) {
  auto fault = [](const char* key, const char* value) {
    AgentQuery query{.name = "sum", .tier = Tier::kCloud};
    return Message(Ask(query, key, value));
  };
  EXPECT_THAT(fault("country", "Germany"), HasSubstr("country=DE"));
  EXPECT_THAT(fault("tier", "Edge"), HasSubstr("is given twice"));
  EXPECT_THAT(fault("name", "other"), HasSubstr("is given twice"));
  EXPECT_THAT(fault("colour", "red"), HasSubstr("none of name, skill"));
  EXPECT_THAT(fault("skill", ""), HasSubstr("asks for nothing"));
  AgentQuery query;
  EXPECT_THAT(Message(Ask(query, "tier", "Edge")), HasSubstr("is no tier"));
}

}  // namespace
}  // namespace herald::discovery
