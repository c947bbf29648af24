// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/addressing.h"

#include <gtest/gtest.h>

namespace herald::call {
namespace {

http::RequestHead Head(std::string path, std::string authority) {
  http::RequestHead head;
  head.method = "GET";
  head.path = std::move(path);
  head.authority = std::move(authority);
  return head;
}

TEST(AddressingTest, TheListenersAgentWinsOverEverything) {
  auto head = Head("/agents/path/x", "host.herald");
  EXPECT_EQ(AddressedAgent("listener", "header", head), "listener");
  EXPECT_EQ(head.path, "/agents/path/x");
}

TEST(AddressingTest, TheHeaderWinsOverPathAndAuthority) {
  auto head = Head("/agents/path/x", "host.herald");
  EXPECT_EQ(AddressedAgent(std::nullopt, "header", head), "header");
  EXPECT_EQ(head.path, "/agents/path/x");
}

TEST(AddressingTest, ThePathWinsOverTheAuthority) {
  auto head = Head("/agents/path/x", "host.herald");
  EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), "path");
}

TEST(AddressingTest, TheAuthorityIsTheLastResort) {
  auto head = Head("/x", "host.herald");
  EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), "host");
  EXPECT_EQ(head.path, "/x");
}

TEST(AddressingTest, APortAfterTheAuthorityDoesNotMatter) {
  auto head = Head("/x", "host.herald:15001");
  EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), "host");
}

TEST(AddressingTest, TheDomainIsWrittenInAnyCase) {
  auto head = Head("/x", "host.Herald");
  EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), "host");
}

TEST(AddressingTest, AnyOtherAuthorityNamesNobody) {
  for (const char* authority : {"", "127.0.0.1:15001", "herald", ".herald",
                                "host.herald.example", "[::1]:80"}) {
    auto head = Head("/x", authority);
    EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), std::nullopt)
        << authority;
  }
}

TEST(AddressingTest, StripsThePathPrefix) {
  struct Row {
    const char* path;
    const char* agent;
    const char* rest;
  };
  for (const Row& row :
       {Row{"/agents/a/x/y?q=1", "a", "/x/y?q=1"}, Row{"/agents/a", "a", "/"},
        Row{"/agents/a/", "a", "/"}, Row{"/agents/a?q=1", "a", "/?q=1"},
        Row{"/agents/a//x", "a", "//x"},
        Row{"/agents/a/agents/b", "a", "/agents/b"}}) {
    auto head = Head(row.path, "");
    EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), row.agent);
    EXPECT_EQ(head.path, row.rest) << row.path;
  }
}

TEST(AddressingTest, LeavesPathsAloneThatOnlyLookAlike) {
  for (const char* path : {"/agents", "/agents/", "/agents//x", "/agent/a",
                           "/x/agents/a", "/agentsx/a", "*"}) {
    auto head = Head(path, "");
    EXPECT_EQ(AddressedAgent(std::nullopt, std::nullopt, head), std::nullopt);
    EXPECT_EQ(head.path, path);
  }
}

TEST(AddressingTest, AgentNamesAreShortAndPlain) {
  EXPECT_TRUE(IsAgentName("a"));
  EXPECT_TRUE(IsAgentName("Sum-1.x_y"));
  EXPECT_TRUE(IsAgentName(std::string(63, 'a')));
  EXPECT_FALSE(IsAgentName(std::string(64, 'a')));
  for (const char* bad : {"", "-a", ".a", "_a", "a b", "a/b", "a%2f", "\xc3"}) {
    EXPECT_FALSE(IsAgentName(bad)) << bad;
  }
}

TEST(AddressingTest, MatchesIdempotentPatterns) {
  EXPECT_TRUE(MatchesIdempotent("GET *", "GET", "/x/y"));
  EXPECT_TRUE(MatchesIdempotent("* /tasks/*", "POST", "/tasks/1/run"));
  EXPECT_TRUE(MatchesIdempotent("POST /sum", "POST", "/sum?long=1"));
  EXPECT_TRUE(MatchesIdempotent("POST /a*b*c", "POST", "/axxbyybc"));
  EXPECT_FALSE(MatchesIdempotent("POST /a*b*c", "POST", "/axxbyyb"));
  EXPECT_FALSE(MatchesIdempotent("POST /sum", "POST", "/sum/"));
  EXPECT_FALSE(MatchesIdempotent("POST /sum", "PUT", "/sum"));
  EXPECT_FALSE(MatchesIdempotent("POST /sum", "POST", "/x?/sum"));
  EXPECT_FALSE(MatchesIdempotent("POST", "POST", "/sum"));
  EXPECT_FALSE(MatchesIdempotent("", "POST", ""));
}

TEST(AddressingTest, OnlyMethodsWithoutAnEffectAreSafe) {
  for (const char* safe : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
    EXPECT_TRUE(IsSafeMethod(safe)) << safe;
  }
  for (const char* other : {"POST", "PUT", "DELETE", "PATCH", "get", ""}) {
    EXPECT_FALSE(IsSafeMethod(other)) << other;
  }
}

}  // namespace
}  // namespace herald::call
