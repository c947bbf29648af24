// SPDX-License-Identifier: Apache-2.0
#include "discovery/interner.h"

#include <gtest/gtest.h>

namespace herald::discovery {
namespace {

Endpoint Replica(int number) {
  Endpoint peer;
  peer.name = "planner-" + std::to_string(number);
  peer.identity = "spiffe://acme.example/ns/claims/sa/planner";
  peer.site = Site{.country = Country::Parse("DE"), .tier = Tier::kCloud};
  peer.agents = {{.name = "planner", .skills = {"plan"}}};
  return peer;
}

TEST(InternerTest, EqualFactsAreOneValue) {
  Interner interner;
  const EndpointPtr one = interner.Of(Replica(1));
  const EndpointPtr two = interner.Of(Replica(2));
  EXPECT_EQ(&*one->identity, &*two->identity);
  EXPECT_EQ(&*one->site, &*two->site);
  EXPECT_EQ(&*one->agents, &*two->agents);
  EXPECT_EQ(*two, Replica(2));
}

TEST(InternerTest, DifferentFactsStayDifferent) {
  Interner interner;
  Endpoint other = Replica(2);
  other.site.Edit().country = Country::Parse("US");
  other.agents.Edit()[0].tags = {"text"};
  const EndpointPtr one = interner.Of(Replica(1));
  EXPECT_EQ(*interner.Of(other), other);
  EXPECT_EQ(one->site, Replica(1).site);
}

TEST(InternerTest, WhatNobodyHoldsIsForgotten) {
  Interner interner;
  for (int i = 0; i < 10000; ++i) {
    Endpoint peer = Replica(i);
    peer.site.Edit().operator_name = "operator " + std::to_string(i);
    interner.Of(peer);
  }
  EXPECT_LT(interner.sites(), 200u);  // swept at 64 more than are held
}

}  // namespace
}  // namespace herald::discovery
