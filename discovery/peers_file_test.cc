// SPDX-License-Identifier: Apache-2.0
#include "discovery/peers_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// "line:column text" of each issue.
std::vector<std::string> IssuesOf(const std::string& text) {
  std::vector<std::string> out;
  for (const Issue& issue : ParsePeersFile("peers.yaml", text).issues) {
    out.push_back(std::to_string(issue.at.line) + ":" +
                  std::to_string(issue.at.column) + " " + issue.text);
  }
  return out;
}

TEST(PeersFileTest, ReadsAPeerWithAllItsFacts) {
  PeersFile file = ParsePeersFile("peers.yaml", R"(peers:
- name: summarizer-fra
  address: 10.77.2.1:15443
  identity: spiffe://acme.example/agent/summarizer
  site: {country: DE, tier: FarEdge, operator: acme, operatorControl: [DE], assurance: [], attestation: declared}   # a file may claim `none` or `declared`, no more
  agents: [{name: summarizer, skills: [summarize], tags: [text], idempotent: ["POST /summarize"]}]
  via: gateway-fra                          # optional: the peer that relays to it
- {name: gateway-fra, address: "[2001:db8::1]:15443", identity: spiffe://acme.example/gateway}
)");
  EXPECT_THAT(file.issues, IsEmpty()) << Render(file.issues);
  ASSERT_THAT(file.peers, SizeIs(2));
  const Endpoint& peer = file.peers[0];
  EXPECT_EQ(peer.name, "summarizer-fra");
  EXPECT_EQ(peer.address.ToString(), "10.77.2.1:15443");
  EXPECT_EQ(peer.identity, "spiffe://acme.example/agent/summarizer");
  EXPECT_EQ(peer.site->country, Country::Parse("DE"));
  EXPECT_EQ(peer.site->tier, Tier::kFarEdge);
  EXPECT_EQ(peer.site->attestation, Attestation::kDeclared);
  ASSERT_THAT(peer.agents, SizeIs(1));
  EXPECT_EQ(
      peer.agents[0],
      (AgentInfo{"summarizer", {"summarize"}, {"text"}, {"POST /summarize"}}));
  EXPECT_EQ(peer.via, "gateway-fra");
  EXPECT_EQ(file.peers[1].address.ToString(), "[2001:db8::1]:15443");
  EXPECT_TRUE(file.peers[1].agents.empty());
}

TEST(PeersFileTest, TakesAnEmptyList) {
  EXPECT_THAT(IssuesOf("peers: []\n"), IsEmpty());
}

TEST(PeersFileTest, ReportsAllProblemsAtOnce) {
  EXPECT_THAT(
      IssuesOf(R"(peers:
- name: fra
  adress: 10.0.0.1:15443
  identity: acme/agent
- name: fra
  address: 10.0.0.1
  identity: spiffe://acme.example
  site: {country: Germany, tier: Edge, attestation: hardware}
  agents: [{name: a, idempotent: [POST]}, {name: a}, {skills: [x]}]
extra: 1
)"),
      ElementsAre(
          "2:3 a peer needs 'address'", "3:3 unknown key 'adress' in a peer",
          HasSubstr("4:13 'acme/agent' is no SPIFFE id: "),
          "5:9 peer 'fra' stands here twice; the first is in line 2",
          "6:12 address '10.0.0.1' has no port",
          "7:13 'spiffe://acme.example' names a trust domain, no "
          "workload in it",
          "8:19 'Germany' is no country code",
          HasSubstr("8:34 'tier' must be one of Device, "),
          "8:53 a file cannot vouch for attestation 'hardware'",
          "9:35 'POST' has no path pattern",
          "9:43 agent 'a' stands twice in this peer; the first is in "
          "line 9",
          "9:54 an agent needs 'name'", HasSubstr("10:1 unknown key 'extra'")));
}

TEST(PeersFileTest, ShowsTheLineWithACaret) {
  EXPECT_EQ(Render(ParsePeersFile("peers.yaml",
                                  "peers:\n- name: fra\n"
                                  "  address: 10.0.0.1\n"
                                  "  identity: spiffe://a.b/c\n")
                       .issues),
            "peers.yaml:3:12: error: address '10.0.0.1' has no port; write "
            "10.0.0.1:15443, or the port it is\n"
            "      address: 10.0.0.1\n"
            "               ^\n");
}

std::string PeerAt(const std::string& address) {
  return "peers:\n- name: fra\n  identity: spiffe://a.b/c\n  address: " +
         address + "\n";
}

TEST(PeersFileTest, RefusesAddressesThatCannotBeReached) {
  EXPECT_THAT(IssuesOf(PeerAt("10.0.0.1:0")),
              ElementsAre("4:12 port 0 cannot be reached"));
  EXPECT_THAT(IssuesOf(PeerAt("10.0.0.1:70000")),
              ElementsAre("4:12 bad address: port 70000 is above 65535"));
  EXPECT_THAT(IssuesOf(PeerAt("unix:/run/x")),
              ElementsAre("4:12 'unix:/run/x' is a path"));
  EXPECT_THAT(IssuesOf(PeerAt("fra.acme.example:15443")),
              ElementsAre("4:12 bad address: 'fra.acme.example' is not an IP "
                          "address"));
}

TEST(PeersFileTest, WarnsOfOneAddressForTwoPeers) {
  PeersFile file = ParsePeersFile("p", R"(peers:
- {name: a, address: 10.0.0.1:1, identity: spiffe://a.b/c}
- {name: b, address: 10.0.0.1:1, identity: spiffe://a.b/c}
)");
  ASSERT_THAT(file.issues, SizeIs(1));
  EXPECT_FALSE(HasErrors(file.issues));
  EXPECT_EQ(file.issues[0].text, "address 10.0.0.1:1 also stands in line 2");
  EXPECT_THAT(file.peers, SizeIs(2));
}

using Via = std::vector<std::pair<std::string, std::string>>;

std::string Relays(const Via& all) {
  std::string text = "peers:\n";
  int port = 1;
  for (const auto& [name, via] : all) {
    text += "- {name: " + name +
            ", address: 10.0.0.1:" + std::to_string(port++) +
            ", identity: spiffe://a.b/c" +
            (via.empty() ? "" : ", via: " + via) + "}\n";
  }
  return text;
}

TEST(PeersFileTest, FollowsRelays) {
  EXPECT_THAT(IssuesOf(Relays({{"a", "b"}, {"b", "c"}, {"c", ""}})), IsEmpty());
  EXPECT_THAT(IssuesOf(Relays({{"a", "a"}})),
              ElementsAre(HasSubstr("peer 'a' would relay to itself")));
  EXPECT_THAT(IssuesOf(Relays({{"a", "b"}, {"b", "a"}})), SizeIs(2));
}

// Another source may know the relay; one that nobody knows has unknown facts.
TEST(PeersFileTest, OnlyWarnsOfARelayThatTheFileDoesNotName) {
  PeersFile file =
      ParsePeersFile("peers.yaml", Relays({{"gate", ""}, {"a", "gat"}}));
  EXPECT_FALSE(HasErrors(file.issues));
  EXPECT_THAT(Render(file.issues),
              HasSubstr("warning: 'via' names no peer of this file: 'gat'"));
  ASSERT_THAT(file.peers, SizeIs(2));
  EXPECT_EQ(file.peers[1].via, "gat");
}

TEST(PeersFileTest, BoundsAChainOfRelays) {
  Via chain;
  for (const char* pair : {"ab", "bc", "cd", "de"}) {
    chain.emplace_back(std::string(1, pair[0]), std::string(1, pair[1]));
  }
  chain.emplace_back("e", "");
  EXPECT_THAT(IssuesOf(Relays(chain)), IsEmpty());
  chain.back().second = "f";
  chain.emplace_back("f", "");
  EXPECT_THAT(IssuesOf(Relays(chain)),
              ElementsAre(HasSubstr("more than 4 relays in a row")));
}

TEST(PeersFileTest, BoundsTheNumberOfPeers) {
  auto list = [](size_t count) {
    std::string text = "peers:\n";
    for (size_t i = 0; i < count; ++i) {
      text += "- {name: p" + std::to_string(i) +
              ", address: 10.0.0.1:" + std::to_string(1 + i) +
              ", identity: spiffe://a.b/c}\n";
    }
    return text;
  };
  EXPECT_THAT(IssuesOf(list(kMaxPeers)), IsEmpty());
  EXPECT_THAT(IssuesOf(list(kMaxPeers + 1)),
              ElementsAre(HasSubstr("more than 4096 peers")));
}

TEST(PeersFileTest, SaysWhatIsMissing) {
  EXPECT_THAT(IssuesOf("{}"), ElementsAre("1:1 the peers file needs 'peers'"));
  EXPECT_THAT(IssuesOf("[]"),
              ElementsAre("1:1 the peers file must be a map, not a list"));
  EXPECT_THAT(IssuesOf(""), SizeIs(1));
}

TEST(PeersFileTest, SaysHowToWriteNorway) {
  auto issues =
      ParsePeersFile("p", PeerAt("10.0.0.1:1") + "  site: {country: NO}\n")
          .issues;
  ASSERT_THAT(issues, SizeIs(1));
  EXPECT_THAT(Render(issues), HasSubstr("\"NO\""));
}

}  // namespace
}  // namespace herald::discovery
