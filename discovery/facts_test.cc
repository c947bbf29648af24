// SPDX-License-Identifier: Apache-2.0
#include "discovery/facts.h"

#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::discovery {
namespace {

struct Read {
  Site site;
  std::string issues;
};

Read SiteOf(const std::string& text) {
  yaml::Problems problems("f", text);
  Read out;
  if (auto root = yaml::ParseOne(problems)) {
    yaml::MapReader map(*root, problems, "'site'");
    out.site = ReadSite(map);
  }
  for (const Issue& issue : problems.issues()) out.issues += issue.text + "\n";
  return out;
}

TEST(FactsTest, ReadsEveryFactOfASite) {
  Read read = SiteOf(
      "{country: DE, region: eu-central, zone: a, tier: NearEdge, "
      "operator: acme, operatorControl: [DE, FR], assurance: [C5], "
      "attestation: declared, retention: 24h}");
  EXPECT_EQ(read.issues, "");
  EXPECT_EQ(read.site.country, Country::Parse("DE"));
  EXPECT_EQ(read.site.region, "eu-central");
  EXPECT_EQ(read.site.zone, "a");
  EXPECT_EQ(read.site.tier, Tier::kNearEdge);
  EXPECT_EQ(read.site.operator_name, "acme");
  ASSERT_TRUE(read.site.operator_control);
  EXPECT_EQ(read.site.operator_control->size(), 2u);
  EXPECT_EQ(read.site.assurance, std::vector<std::string>{"C5"});
  EXPECT_EQ(read.site.attestation, Attestation::kDeclared);
  EXPECT_EQ(read.site.retention, std::chrono::hours(24));
}

TEST(FactsTest, AFactLeftOutIsUnknownAndAnEmptyListIsKnown) {
  EXPECT_EQ(SiteOf("{}").site, Site());
  Read read = SiteOf("{operatorControl: [], assurance: []}");
  EXPECT_EQ(read.issues, "");
  ASSERT_TRUE(read.site.operator_control);
  EXPECT_TRUE(read.site.operator_control->empty());
  ASSERT_TRUE(read.site.assurance);
}

TEST(FactsTest, AControlListWithABadCodeIsNotTakenForKnown) {
  Read read = SiteOf("{operatorControl: [DE, Germany]}");
  EXPECT_EQ(read.issues, "'Germany' is no country code\n");
  EXPECT_FALSE(read.site.operator_control);
}

TEST(FactsTest, AFileCannotVouchForMoreThanDeclared) {
  for (const char* level : {"platform", "hardware"}) {
    Read read = SiteOf("{attestation: " + std::string(level) + "}");
    EXPECT_EQ(read.issues, "a file cannot vouch for attestation '" +
                               std::string(level) + "'\n");
    EXPECT_FALSE(read.site.attestation);
  }
  EXPECT_EQ(SiteOf("{attestation: none}").site.attestation, Attestation::kNone);
  EXPECT_EQ(SiteOf("{attestation: sworn}").issues,
            "unknown attestation 'sworn'\n");
}

TEST(FactsTest, RefusesEmptyAndDoubledWords) {
  EXPECT_EQ(SiteOf("{operator: \"\"}").issues,
            "'operator' must not be empty\n");
  EXPECT_EQ(SiteOf("{assurance: [C5, \"\", C5]}").issues,
            "a member of 'assurance' must not be empty\n"
            "'C5' stands twice in 'assurance'\n");
}

TEST(FactsTest, KnowsNames) {
  for (const char* name : {"a", "summarizer-fra", "A.b_c", "0"}) {
    EXPECT_TRUE(IsName(name)) << name;
  }
  EXPECT_TRUE(IsName(std::string(63, 'a')));
  EXPECT_FALSE(IsName(std::string(64, 'a')));
  for (const char* name : {"", "-a", ".", "a/b", "a b", "\xc3\xa9"}) {
    EXPECT_FALSE(IsName(name)) << name;
  }
}

TEST(FactsTest, KnowsIdempotentPatterns) {
  for (const char* pattern :
       {"GET *", "POST /summarize", "PUT /tasks/*", "POST *:count"}) {
    EXPECT_EQ(FaultOfIdempotent(pattern), "") << pattern;
  }
  for (const char* pattern : {"", "GET", "GET ", " /x", "get /x", "POST x",
                              "POST  /x", "POST /x?y", "POST /x y"}) {
    EXPECT_NE(FaultOfIdempotent(pattern), "") << pattern;
  }
}

}  // namespace
}  // namespace herald::discovery
