// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/selector.h"

#include <gtest/gtest.h>

namespace herald::fanout {
namespace {

const Labels kClaims = {{"team", "claims"}, {"tier", "edge"}, {"empty", ""}};

bool Selects(std::string_view text) {
  const auto selector = Selector::Parse(text);
  EXPECT_TRUE(selector.ok()) << text;
  return selector.ok() && selector->Selects(kClaims);
}

TEST(SelectorTest, NothingSelectsEverything) {
  EXPECT_TRUE(Selects(""));
  EXPECT_TRUE(Selects("  "));
}

TEST(SelectorTest, EachFormMeansWhatItMeansInKubernetes) {
  for (const char* yes :
       {"team", "team=claims", "team==claims", "team = claims", "team!=billing",
        "absent!=x", "!absent", "tier in (edge, near)", "tier notin (cloud)",
        "absent notin (x)", "empty=", "team=claims,tier=edge"}) {
    EXPECT_TRUE(Selects(yes)) << yes;
  }
  for (const char* no :
       {"absent", "team=billing", "team!=claims", "!team", "tier in (cloud)",
        "tier notin (edge,near)", "absent in (x)",
        "absent=", "team=claims,tier=cloud"}) {
    EXPECT_FALSE(Selects(no)) << no;
  }
}

TEST(SelectorTest, WhatIsNoSelectorIsRefused) {
  for (const char* bad :
       {",", "team=claims,", "=x", "a b", "team in claims", "team in (a",
        "team within (a)", "team=(x)", "a=b=c", "team=cl\"aims"}) {
    EXPECT_FALSE(Selector::Parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace herald::fanout
