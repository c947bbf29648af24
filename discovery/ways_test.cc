// SPDX-License-Identifier: Apache-2.0
#include "discovery/ways.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery/peers_file.h"

namespace herald::discovery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A peer with `rest` below its name and identity.
std::string Peer(const std::string& rest) {
  return "peers:\n- name: fra\n  identity: spiffe://a.b/c\n" + rest;
}

std::vector<std::string> IssuesOf(const std::string& rest) {
  std::vector<std::string> out;
  for (const Issue& issue : ParsePeersFile("peers.yaml", Peer(rest)).issues) {
    out.push_back(std::to_string(issue.at.line) + ":" +
                  std::to_string(issue.at.column) + " " + issue.text);
  }
  return out;
}

TEST(WaysTest, APeerWithSeveralWaysIsSeveralEndpointsOfOneName) {
  PeersFile file = ParsePeersFile("peers.yaml", Peer(R"(  agents: [{name: a}]
  ways:
  - {name: slice, address: 10.9.0.1:15443, bind: 10.9.0.7, dscp: 46, egressCentsPerGiB: 9.5, transit: [{country: DE, operator: telco}]}
  - {name: internet, address: 203.0.113.7:15443, bind: eth1}
)"));
  ASSERT_THAT(file.issues, IsEmpty()) << Render(file.issues);
  ASSERT_THAT(file.peers, SizeIs(2));
  const Endpoint& slice = file.peers[0];
  EXPECT_EQ(slice.Label(), "fra by slice");
  EXPECT_EQ(slice.address.ToString(), "10.9.0.1:15443");
  EXPECT_EQ(slice.binding->source->ToString(), "10.9.0.7:0");
  EXPECT_EQ(slice.binding->dscp, 46);
  EXPECT_EQ(slice.egress_cents_per_gib, 9.5);
  ASSERT_THAT(slice.transit, SizeIs(1));
  EXPECT_EQ(slice.transit[0].country, Country::Parse("DE"));
  const Endpoint& internet = file.peers[1];
  EXPECT_EQ(internet.name, "fra");
  EXPECT_EQ(internet.identity, slice.identity);
  EXPECT_EQ(internet.agents, slice.agents);
  EXPECT_EQ(internet.binding->interface, "eth1");
  EXPECT_THAT(internet.transit, IsEmpty());
}

TEST(WaysTest, APeerWithOneAddressHasOneWayWithoutAName) {
  PeersFile file = ParsePeersFile(
      "peers.yaml", Peer("  address: 10.0.0.1:1\n  egressCentsPerGiB: 2\n"));
  ASSERT_THAT(file.issues, IsEmpty()) << Render(file.issues);
  ASSERT_THAT(file.peers, SizeIs(1));
  EXPECT_EQ(file.peers[0].way, "");
  EXPECT_EQ(file.peers[0].egress_cents_per_gib, 2);
}

TEST(WaysTest, SaysWhatIsWrongWithAWay) {
  EXPECT_THAT(IssuesOf("  ways: []\n"),
              ElementsAre("4:9 a peer needs one way at least"));
  EXPECT_THAT(
      IssuesOf("  address: 10.0.0.1:1\n  ways: [{name: a, address: "
               "10.0.0.2:1}]\n"),
      ElementsAre("4:12 a peer with 'ways' has no 'address' of its own"));
  EXPECT_THAT(
      IssuesOf("  ways:\n"
               "  - {name: a, address: 10.0.0.2:1, dscp: 64}\n"
               "  - {name: a, address: 10.0.0.3:1}\n"
               "  - {name: b, address: 10.0.0.4:0}\n"
               "  - {name: c, address: 10.0.0.5:1, bind: \"a b\"}\n"
               "  - {name: d, address: 10.0.0.6:1, "
               "egressCentsPerGiB: -1}\n"),
      ElementsAre(HasSubstr("5:"), "6:5 way 'a' stands twice in this peer",
                  "7:24 port 0 cannot be reached",
                  HasSubstr("8:42 'a b' is neither an address"),
                  HasSubstr("9:55 a price cannot be negative")));
}

TEST(WaysTest, OneAddressForTwoWaysOfAPeerIsNoMistake) {
  EXPECT_THAT(IssuesOf("  ways:\n"
                       "  - {name: a, address: 10.0.0.2:1, bind: eth0}\n"
                       "  - {name: b, address: 10.0.0.2:1, bind: eth1}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace herald::discovery
