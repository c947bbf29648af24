// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/served_agents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::injector {
namespace {

using testing::HasSubstr;

std::string Read(const std::string& text) {
  const ServedAgents served = ReadServedAgents(text);
  if (HasErrors(served.issues)) return Render(served.issues);
  return json::Serialize(served.agents);
}

TEST(ServedAgentsTest, TheShortFormIsNameAndPort) {
  EXPECT_EQ(Read("planner=8080"),
            R"([{"name":"planner","address":"127.0.0.1:8080"}])");
  EXPECT_EQ(Read(" a=1, b = 65535 "),
            R"([{"name":"a","address":"127.0.0.1:1"},)"
            R"({"name":"b","address":"127.0.0.1:65535"}])");
}

TEST(ServedAgentsTest, TheLongFormIsTheConfigurations) {
  EXPECT_EQ(Read("- {name: planner, port: 8080, skills: [plan], "
                 "protocol: h2c}\n"),
            R"([{"name":"planner","skills":["plan"],"protocol":"h2c",)"
            R"("address":"127.0.0.1:8080"}])");
  EXPECT_EQ(Read(R"([{"name": "a", "address": "127.0.0.2:80"}])"),
            R"([{"name":"a","address":"127.0.0.2:80"}])");
  EXPECT_EQ(Read("[]"), "[]");
}

TEST(ServedAgentsTest, ATypingErrorIsSaidWithItsPlace) {
  EXPECT_THAT(Read("planner=8080, b=x"),
              HasSubstr("herald.dev/agents:1:14: error: 'b=x' is not "
                        "NAME=PORT; write planner=8080"));
  EXPECT_THAT(Read("a=65536"), HasSubstr("is not NAME=PORT"));
  EXPECT_THAT(Read("a=0"), HasSubstr("is not NAME=PORT"));
  EXPECT_THAT(Read(""), HasSubstr("nothing"));
  EXPECT_THAT(Read("planner"), HasSubstr("is not NAME=PORT"));
  EXPECT_THAT(Read("- {name: a, prot: 1}"), HasSubstr("unknown key 'prot'"));
  EXPECT_THAT(Read("- {name: a}"), HasSubstr("needs 'port', or 'address'"));
  EXPECT_THAT(Read("{name: a, port: 1}"), HasSubstr("must be a list"));
}

TEST(ServedAgentsTest, NoAgentStandsTwiceAndThereIsAnEndToThem) {
  EXPECT_THAT(Read("a=1,a=2"), HasSubstr("'a' stands here twice"));
  std::string many = "a0=1";
  for (int i = 1; i < 32; ++i) many += ",a" + std::to_string(i) + "=1";
  EXPECT_THAT(Read(many), HasSubstr("a31"));
  EXPECT_THAT(Read(many + ",b=1"), HasSubstr("more than 32 agents"));
}

}  // namespace
}  // namespace herald::injector
