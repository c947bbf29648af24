// SPDX-License-Identifier: Apache-2.0
#include "core/base/spiffe_id.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

TEST(SpiffeIdTest, HasATrustDomainAndAPath) {
  auto id = SpiffeId::Parse("spiffe://acme.example/ns/claims/agent/planner");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->trust_domain(), "acme.example");
  EXPECT_EQ(id->path(), "/ns/claims/agent/planner");
  EXPECT_EQ(id->kubernetes_namespace(), "claims");
}

TEST(SpiffeIdTest, ThePathMayBeAbsent) {
  auto id = SpiffeId::Parse("spiffe://acme.example");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->path(), "");
  EXPECT_EQ(id->kubernetes_namespace(), std::nullopt);
}

TEST(SpiffeIdTest, WhatIsNotOneIsRefused) {
  for (const char* text :
       {"", "https://acme.example/x", "spiffe://", "spiffe:///x",
        "spiffe://Acme.example/x", "spiffe://acme.example/",
        "spiffe://acme.example//x", "spiffe://acme.example/./x",
        "spiffe://acme.example/../x", "spiffe://acme.example/x?y",
        "spiffe://acme.example/x#y", "spiffe://acme.example:443/x",
        "spiffe://user@acme.example/x", "spiffe://acme.example/x%20y"}) {
    EXPECT_FALSE(SpiffeId::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace herald
