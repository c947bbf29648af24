// SPDX-License-Identifier: Apache-2.0
#include "core/base/address.h"

#include <gtest/gtest.h>

#include <string>

namespace herald {
namespace {

std::string ErrorOf(const std::string& text) {
  auto address = Address::Parse(text);
  return address.ok() ? "" : Message(address.status());
}

TEST(AddressTest, WhatIsParsedIsWrittenTheSameWay) {
  for (std::string text :
       {"127.0.0.1:15001", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:15001",
        "[2001:db8::7]:443", "unix:/run/herald/agents.sock"}) {
    auto address = Address::Parse(text);
    ASSERT_TRUE(address.ok()) << text << ": " << address.status();
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(AddressTest, LocalhostIsTheLoopbackAddress) {
  EXPECT_EQ(Address::Parse("localhost:80")->ToString(), "127.0.0.1:80");
}

TEST(AddressTest, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(ErrorOf("127.0.0.1:70000"), "port 70000 is above 65535");
  EXPECT_EQ(ErrorOf("127.0.0.1:http"), "'http' is not a port");
  EXPECT_EQ(ErrorOf("127.0.0.1"), "'127.0.0.1' is not HOST:PORT or unix:PATH");
  EXPECT_EQ(ErrorOf("peer.example:80"), "'peer.example' is not an IP address");
  EXPECT_NE(ErrorOf("::1:80"), "");
  EXPECT_NE(ErrorOf("127.0.0.1:"), "");
  EXPECT_NE(ErrorOf("unix:"), "");
}

TEST(AddressTest, AUnixPathMayHave107CharactersAndNoMore) {
  EXPECT_TRUE(Address::Parse("unix:" + std::string(107, 'a')).ok());
  EXPECT_FALSE(Address::Parse("unix:" + std::string(108, 'a')).ok());
}

TEST(AddressTest, LoopbackIsWhatStaysOnThisMachine) {
  EXPECT_TRUE(Address::Parse("127.8.9.10:1")->is_loopback());
  EXPECT_TRUE(Address::Parse("[::1]:1")->is_loopback());
  EXPECT_TRUE(Address::Parse("unix:/run/x")->is_loopback());
  EXPECT_FALSE(Address::Parse("0.0.0.0:1")->is_loopback());
  EXPECT_FALSE(Address::Parse("10.0.0.1:1")->is_loopback());
}

TEST(AddressTest, AnotherPortChangesNothingElse) {
  Address address = Address::Parse("10.0.0.1:1")->WithPort(2);
  EXPECT_EQ(address, *Address::Parse("10.0.0.1:2"));
  EXPECT_FALSE(address == *Address::Parse("10.0.0.2:2"));
}

TEST(AddressTest, SurvivesTheKernelsForm) {
  Address address = *Address::Parse("[2001:db8::7]:443");
  EXPECT_EQ(Address::FromSockaddr(address.get(), address.length()), address);
}

}  // namespace
}  // namespace herald
