// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// As in the manual, word for word.
const char kManual[] =
    R"(# planner.yaml: herald sidecar --config planner.yaml
node:
  name: planner-0
  namespace: claims                         # optional; else /ns/X/ of the SPIFFE id; else none
  site: {country: DE, tier: Device, operator: acme, operatorControl: [DE]}
identity: {certificate: planner-0.crt, key: planner-0.key, trust: ca.crt}     # relative to this file; the trust domain is the certificate's
agents:                                     # those this sidecar serves; all under this one identity
- name: planner
  address: 127.0.0.1:8080
  protocol: http1                           # http1 | h2c
  skills: [plan]
  idempotent: ["GET *", "POST /summarize"]  # beyond the methods HTTP calls safe; method and path pattern
listen:
  agents:
  - {address: 127.0.0.1:15001}              # default when `agents` is absent, with unix:/run/herald/agents.sock where that folder is ours
  - {address: "unix:agents.sock"}           # refused where its folder is writable by others
  - {address: 127.0.0.1:15101, agent: summarizer}
  mesh: 0.0.0.0:15443                       # UDP; the TCP fall-back takes the same number
  admin: 127.0.0.1:15000
discovery:
- file: peers.yaml
policy: [policy.yaml]                       # files or folders; none at all: every call is refused, and the refusal shows a minimal policy to start from
)";

const char kLeast[] =
    "node: {name: n}\n"
    "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n";

std::vector<std::string> IssuesOf(const std::string& text) {
  std::vector<std::string> out;
  for (const Issue& issue : ParseConfig("c.yaml", text).issues) {
    out.push_back(std::to_string(issue.at.line) + ":" +
                  std::to_string(issue.at.column) + " " + issue.text);
  }
  return out;
}

TEST(ConfigTest, ReadsWhereAnAgentsCardIs) {
  auto card = [](const std::string& line) -> std::string {
    const std::string text =
        kLeast + ("agents: [{name: a, address: 127.0.0.1:1" + line + "}]\n");
    const auto parsed = ParseConfig("c.yaml", text);
    EXPECT_THAT(parsed.issues, IsEmpty()) << Render(parsed.issues);
    return parsed.config.agents.empty() ? "" : parsed.config.agents[0].card;
  };
  EXPECT_EQ(card(""), "/.well-known/agent-card.json");
  EXPECT_EQ(card(", card: \"/card?v=1\""), "/card?v=1");
  EXPECT_EQ(card(", card: none"), "");
  EXPECT_THAT(
      IssuesOf(
          kLeast +
          std::string("agents: [{name: a, address: 127.0.0.1:1, card: x}]\n")),
      ElementsAre("3:48 'x' is no path of a card"));
}

TEST(ConfigTest, ReadsTheManualsExample) {
  const auto [config, issues] = ParseConfig("etc/planner.yaml", kManual);
  EXPECT_THAT(issues, IsEmpty()) << Render(issues);
  EXPECT_EQ(config.file, "etc/planner.yaml");
  EXPECT_EQ(config.node.name, "planner-0");
  EXPECT_EQ(config.node.kubernetes_namespace, "claims");
  EXPECT_EQ(config.node.site.tier, Tier::kDevice);
  EXPECT_EQ(config.identity.files.certificate, "etc/planner-0.crt");
  EXPECT_EQ(config.identity.files.key, "etc/planner-0.key");
  EXPECT_EQ(config.identity.files.trust, "etc/ca.crt");
  ASSERT_THAT(config.agents, SizeIs(1));
  EXPECT_EQ(config.agents[0].agent,
            (discovery::AgentInfo{
                "planner", {"plan"}, {}, {"GET *", "POST /summarize"}}));
  EXPECT_EQ(config.agents[0].address.ToString(), "127.0.0.1:8080");
  ASSERT_THAT(config.agent_listeners, SizeIs(3));
  EXPECT_EQ(config.agent_listeners[0].address.ToString(), "127.0.0.1:15001");
  EXPECT_EQ(config.agent_listeners[1].address.ToString(),
            "unix:etc/agents.sock");
  EXPECT_FALSE(config.agent_listeners[1].where_possible);
  EXPECT_EQ(config.agent_listeners[2].agent, "summarizer");
  EXPECT_EQ(config.mesh.ToString(), "0.0.0.0:15443");
  EXPECT_EQ(config.admin.ToString(), "127.0.0.1:15000");
  ASSERT_THAT(config.discovery.files(), SizeIs(1));
  EXPECT_EQ(config.discovery.files()[0].path, "etc/peers.yaml");
  EXPECT_EQ(config.discovery.files()[0].at, (Position{21, 9}));
  ASSERT_THAT(config.policies.files, SizeIs(1));
  EXPECT_EQ(config.policies.files[0].path, "etc/policy.yaml");
}

TEST(ConfigTest, HasDefaultsForWhatIsLeftOut) {
  const auto [config, issues] = ParseConfig("c.yaml", kLeast);
  EXPECT_THAT(issues, IsEmpty()) << Render(issues);
  ASSERT_THAT(config.agent_listeners, SizeIs(2));
  EXPECT_EQ(config.agent_listeners[0].address.ToString(), "127.0.0.1:15001");
  EXPECT_FALSE(config.agent_listeners[0].where_possible);
  EXPECT_EQ(config.agent_listeners[1].address.ToString(),
            "unix:/run/herald/agents.sock");
  EXPECT_TRUE(config.agent_listeners[1].where_possible);
  EXPECT_EQ(config.mesh.ToString(), "0.0.0.0:15443");
  EXPECT_EQ(config.admin.ToString(), "127.0.0.1:15000");
  EXPECT_EQ(config.identity.files.certificate, "a.crt");
  EXPECT_FALSE(config.node.kubernetes_namespace);
  EXPECT_THAT(config.policies.files, IsEmpty());
}

TEST(ConfigTest, KeepsAbsolutePaths) {
  const auto config =
      ParseConfig(
          "/etc/herald/c.yaml",
          std::string(kLeast) + "policy: [/srv/policy, ../shared/./p.yaml]\n")
          .config;
  ASSERT_THAT(config.policies.files, SizeIs(2));
  EXPECT_EQ(config.policies.files[0].path, "/srv/policy");
  EXPECT_EQ(config.policies.files[1].path, "/etc/shared/p.yaml");
}

TEST(ConfigTest, AnEmptyListOfListenersMeansNone) {
  EXPECT_THAT(ParseConfig("c", std::string(kLeast) + "listen: {agents: []}\n")
                  .config.agent_listeners,
              IsEmpty());
}

TEST(ConfigTest, ReportsAllProblemsAtOnce) {
  EXPECT_THAT(IssuesOf(R"(node: {name: a/b, sight: {}}
identity: {certificate: "", key: a.key}
agents:
- {name: a, address: 127.0.0.1, protocol: http3}
- {name: a, address: 127.0.0.1:0, idempotent: [get /x]}
- {address: "unix:agents/a.sock"}
listen:
  agents: [{address: 127.0.0.1:99999}, {adress: x}]
  mesh: unix:mesh.sock
discovery: [{file: [a]}, {files: a}]
policy: policy.yaml
)"),
              ElementsAre(HasSubstr("1:14 'a/b' is no name"),
                          "1:19 unknown key 'sight' in 'node'",
                          "2:11 'identity' needs 'trust'",
                          "2:25 'certificate' must not be empty",
                          HasSubstr("4:22 address '127.0.0.1' has no port"),
                          HasSubstr("4:43 'protocol' must be one of http1, "
                                    "h2c"),
                          HasSubstr("5:3 agent 'a' stands here twice; the "
                                    "first is in line 4"),
                          "5:22 port 0 cannot be reached",
                          HasSubstr("5:48 'get /x' does not begin with"),
                          HasSubstr("6:3 an agent needs 'name'"),
                          HasSubstr("8:22 bad address: port 99999"),
                          HasSubstr("8:40 a listener needs 'address'"),
                          HasSubstr("8:41 unknown key 'adress'"),
                          HasSubstr("9:9 'unix:mesh.sock' is a path"),
                          HasSubstr("10:20 "),
                          HasSubstr("10:26 a source of discovery needs"),
                          HasSubstr("10:27 unknown key 'files'"),
                          HasSubstr("11:9 'policy' must be a list")));
}

TEST(ConfigTest, NeedsANodeAndAnIdentity) {
  EXPECT_THAT(IssuesOf("{}"),
              ElementsAre("1:1 the configuration needs 'node'",
                          "1:1 the configuration needs 'identity'"));
}

TEST(ConfigTest, APodSaysWhatTheNodeLeavesOut) {
  const std::string text =
      "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n";
  const kubernetes::Pod pod{.name = "planner-0", .space = "claims"};
  const auto [config, issues] = ParseConfig("c", text, pod);
  EXPECT_THAT(issues, IsEmpty()) << Render(issues);
  EXPECT_EQ(config.node.name, "planner-0");
  EXPECT_EQ(config.node.kubernetes_namespace, "claims");
  EXPECT_EQ(config.policy_settings.decision_log.file,
            "planner-0.decisions.jsonl");
  const auto said =
      ParseConfig("c", text + "node: {name: n, namespace: x, site: {}}\n", pod)
          .config;
  EXPECT_EQ(said.node.name, "n");
  EXPECT_EQ(said.node.kubernetes_namespace, "x");
  EXPECT_THAT(ParseConfig("c", text + "node: {site: {}}\n", pod).issues,
              IsEmpty());
}

TEST(ConfigTest, FindsListenersThatCollide) {
  auto with = [](const std::string& listen) {
    return IssuesOf(kLeast + ("listen: {" + listen + "}\n"));
  };
  EXPECT_THAT(with("agents: [{address: 127.0.0.1:1}, {address: 127.0.0.1:1}]"),
              ElementsAre(HasSubstr("a listener and a listener both listen on "
                                    "127.0.0.1:1")));
  EXPECT_THAT(with("agents: [{address: 127.0.0.1:15443}]"),
              ElementsAre(HasSubstr("'mesh' and a listener both")));
  EXPECT_THAT(with("admin: 127.0.0.1:15443"),
              ElementsAre(HasSubstr("'admin' and 'mesh' (default) both")));
  EXPECT_THAT(with("agents: [{address: \"unix:a\"}, {address: \"unix:a\"}]"),
              SizeIs(1));
  EXPECT_THAT(with("agents: [{address: 127.0.0.1:0}, {address: 127.0.0.1:0}], "
                   "admin: 127.0.0.1:0, mesh: 127.0.0.1:0"),
              IsEmpty());  // port 0 is any
}

TEST(ConfigTest, HealthIsAListenerOfItsOwn) {
  EXPECT_FALSE(ParseConfig("c", kLeast).config.health);
  EXPECT_EQ(ParseConfig(
                "c", kLeast + std::string("listen: {health: 0.0.0.0:15002}\n"))
                .config.health->ToString(),
            "0.0.0.0:15002");
  EXPECT_THAT(
      IssuesOf(kLeast + std::string("listen: {health: 0.0.0.0:15000}\n")),
      ElementsAre(HasSubstr("'health' and 'admin' (default) both listen")));
}

TEST(ConfigTest, AUnixSocketMayBeEverybodys) {
  auto listener = [](const std::string& text) {
    return kLeast + ("listen: {agents: [{" + text + "}]}\n");
  };
  EXPECT_EQ(ParseConfig("c", listener("address: \"unix:a\""))
                .config.agent_listeners[0]
                .access,
            net::SocketAccess::kOwner);
  EXPECT_EQ(ParseConfig("c", listener("address: \"unix:a\", access: everybody"))
                .config.agent_listeners[0]
                .access,
            net::SocketAccess::kEverybody);
  EXPECT_THAT(IssuesOf(listener("address: 127.0.0.1:1, access: owner")),
              ElementsAre(HasSubstr("'access' is for unix sockets")));
}

TEST(ConfigTest, WarnsOfAListenerThatOthersReach) {
  const auto issues =
      ParseConfig(
          "c", kLeast + std::string("listen: {agents: [{address: 0.0.0.0:1}]}"))
          .issues;
  ASSERT_THAT(issues, SizeIs(1));
  EXPECT_FALSE(HasErrors(issues));
  EXPECT_THAT(issues[0].text, HasSubstr("calls in this sidecar's name"));
}

TEST(ConfigTest, ReadsHowMuchTheSidecarBears) {
  EXPECT_EQ(ParseConfig("c", kLeast).config.limits.open_calls, 10'000u);
  EXPECT_EQ(ParseConfig("c", kLeast + std::string("limits: {openCalls: 7}\n"))
                .config.limits.open_calls,
            7u);
  EXPECT_THAT(IssuesOf(kLeast + std::string("limits: {openCalls: 0}\n")),
              SizeIs(1));
  EXPECT_THAT(IssuesOf(kLeast + std::string("limits: {openCals: 7}\n")),
              ElementsAre(HasSubstr("unknown key 'openCals'")));
}

TEST(ConfigTest, HedgingCanBeSwitchedOff) {
  EXPECT_TRUE(ParseConfig("c", kLeast).config.hedging);
  EXPECT_FALSE(
      ParseConfig("c", kLeast + std::string("calls: {hedging: false}\n"))
          .config.hedging);
  EXPECT_THAT(IssuesOf(kLeast + std::string("calls: {hedging: maybe}\n")),
              SizeIs(1));
}

TEST(ConfigTest, NamesNoFileTwice) {
  EXPECT_THAT(IssuesOf(kLeast + std::string("policy: [a.yaml, ./a.yaml]\n"
                                            "discovery: [{file: a.yaml}]\n")),
              ElementsAre("3:18 a.yaml is named twice; the first is in line "
                          "3"));
}

}  // namespace
}  // namespace herald::app
