// SPDX-License-Identifier: Apache-2.0
//
// The smallest values: countries, tiers, attestations, log fields.
#include <gtest/gtest.h>

#include "core/base/log.h"
#include "core/base/site.h"

namespace herald {
namespace {

TEST(SiteTest, ACountryIsTwoUpperCaseLetters) {
  EXPECT_EQ(Country::Parse("DE")->ToString(), "DE");
  EXPECT_EQ(Country::Parse("AA")->index(), 0);
  EXPECT_EQ(Country::Parse("ZZ")->index(), Country::kCount - 1);
  for (const char* text : {"", "D", "de", "DEU", "D1"}) {
    EXPECT_FALSE(Country::Parse(text).has_value()) << text;
  }
}

TEST(SiteTest, TiersReadAsTheyAreWritten) {
  for (int i = 0; i < kTierCount; ++i) {
    Tier tier = static_cast<Tier>(i);
    EXPECT_EQ(ParseTier(ToString(tier)), tier);
  }
  EXPECT_EQ(ParseTier("cloud"), std::nullopt);
}

TEST(SiteTest, AttestationsAreOrdered) {
  EXPECT_LT(*ParseAttestation("none"), *ParseAttestation("declared"));
  EXPECT_LT(*ParseAttestation("declared"), *ParseAttestation("platform"));
  EXPECT_LT(*ParseAttestation("platform"), *ParseAttestation("hardware"));
}

TEST(LogTest, ValuesAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(RenderFields({{"peer", "fra"}, {"why", "no route"}, {"x", ""}}),
            "peer=fra why=\"no route\" x=\"\"");
}

TEST(LogTest, NoValueCanForgeAnotherFieldOrLine) {
  EXPECT_EQ(RenderFields({{"a", "1 b=2"}, {"c", "x\ny\"z"}}),
            "a=\"1 b=2\" c=\"x\\x0ay\\\"z\"");
}

}  // namespace
}  // namespace herald
