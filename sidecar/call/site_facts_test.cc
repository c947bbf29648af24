// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/site_facts.h"

#include <gtest/gtest.h>

#include "core/proto/context.pb.h"

namespace herald::call {
namespace {

Site Named(const std::string& operator_name) {
  Site site;
  site.country = Country::Parse("DE");
  site.operator_name = operator_name;
  site.assurance = {"c5"};
  return site;
}

TEST(SiteFactsTest, GivesBackWhatWasPacked) {
  SiteFacts facts;
  const std::string bytes = facts.Pack(Named("acme"));
  EXPECT_EQ(facts.Unpack(bytes), Named("acme"));
  EXPECT_EQ(facts.Unpack(bytes), Named("acme")) << "remembered";
  EXPECT_EQ(SiteFacts().Pack(Named("acme")), bytes) << "not remembered";
}

TEST(SiteFactsTest, ASiteThatChangedIsNotTakenForTheRememberedOne) {
  SiteFacts facts;
  Site site = Named("acme");
  const std::string before = facts.Pack(site);
  site.assurance->push_back("pci-dss-4");
  const std::string after = facts.Pack(site);
  EXPECT_NE(after, before);
  EXPECT_EQ(facts.Unpack(before)->assurance->size(), 1u);
  EXPECT_EQ(facts.Unpack(after), site);
}

TEST(SiteFactsTest, KnowsMoreSitesThanItRemembers) {
  SiteFacts facts;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) {
      const Site site = Named("operator " + std::to_string(i));
      EXPECT_EQ(facts.Unpack(facts.Pack(site)), site);
    }
  }
}

TEST(SiteFactsTest, KnownToBeEmptyIsNotUnknown) {
  SiteFacts facts;
  Site empty;
  empty.operator_control.emplace();
  EXPECT_EQ(facts.Unpack(facts.Pack(Site())), Site());
  EXPECT_EQ(facts.Unpack(facts.Pack(empty)), empty);
}

TEST(SiteFactsTest, BytesThatAreNoFactsAreUnreadableEachTime) {
  SiteFacts facts;
  const std::string cut = "\x0a\x7f";  // a text of 127 bytes
  EXPECT_EQ(facts.Unpack(cut), std::nullopt);
  EXPECT_EQ(facts.Unpack(cut), std::nullopt);
}

TEST(SiteFactsTest, FactsAtGreatLengthAreReadAllTheSame) {
  SiteFacts facts;
  const Site site = Named(std::string(5000, 'x'));
  EXPECT_EQ(facts.Unpack(facts.Pack(site)), site);
}

}  // namespace
}  // namespace herald::call
