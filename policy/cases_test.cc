// SPDX-License-Identifier: Apache-2.0
//
// Every PolicyTest file under tests/cases/policy passes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"
#include "gtest/gtest.h"
#include "policy/coverage.h"
#include "policy/fixture.h"
#include "policy/lint.h"

namespace herald::policy {
namespace {

StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Unavailable("no such file");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> FixtureFiles() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator("tests/cases/policy")) {
    std::string path = entry.path().string();
    if (path.ends_with(".test.yaml")) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(CasesTest, EveryCaseHasTheVerdictItExpects) {
  std::vector<std::string> files = FixtureFiles();
  ASSERT_FALSE(files.empty());
  size_t cases = 0;
  for (const std::string& file : files) {
    SourceText text{file, *ReadWhole(file)};
    FixtureResult result = RunFixture(text, ReadWhole);
    EXPECT_FALSE(HasErrors(result.issues)) << Render(result.issues);
    for (const CaseResult& one : result.cases) {
      std::string all;
      for (const std::string& d : one.differences) all += d + "\n";
      EXPECT_TRUE(one.passed) << file << ": " << one.name << "\n"
                              << all << one.why;
    }
    cases += result.cases.size();
  }
  // The six of the design, the ten of the book, and each key of the language.
  EXPECT_GE(cases, 18u + 200u + 400u);
}

// The ten of the book and the six of the design are tested as the book asks.
TEST(CasesTest, WorkedPoliciesAreDecidedBothWaysAndSeenTrueFalseAndUnknown) {
  Coverage coverage;
  for (const std::string& file : FixtureFiles()) {
    bool worked = file.find("/book-") != std::string::npos ||
                  file.find("/six") != std::string::npos;
    if (worked) RunFixture({file, *ReadWhole(file)}, ReadWhole, &coverage);
  }
  CoverageReport report = coverage.Report();
  EXPECT_GE(report.rules, 40u);
  for (const CoverageGap& gap : report.gaps) ADD_FAILURE() << Render(gap);
}

// The ```yaml blocks of a page, in order.
std::vector<std::string> YamlBlocks(std::string_view page) {
  constexpr std::string_view kFence = "```yaml\n";
  std::vector<std::string> blocks;
  for (size_t at = page.find(kFence); at != std::string_view::npos;
       at = page.find(kFence, at)) {
    at += kFence.size();
    blocks.emplace_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

// What the book shows is what is tested.
TEST(CasesTest, TheTenPoliciesOfTheBookAreTheFilesBesideTheirFixtures) {
  std::string page = *ReadWhole("docs/policy/TEN_POLICIES.md");
  std::vector<std::string> policies;
  for (const std::string& fixture : FixtureFiles()) {
    if (fixture.find("/book-") == std::string::npos) continue;
    std::string policy = fixture;
    policy.replace(policy.find(".test"), 5, "");
    policies.push_back(*ReadWhole(policy));
    std::string name = fixture.substr(fixture.rfind('/') + 1);
    EXPECT_NE(page.find(name), std::string::npos)
        << name << " is not told of in the book";
  }
  EXPECT_EQ(policies.size(), 10u);
  std::vector<std::string> shown = YamlBlocks(page);
  EXPECT_EQ(shown.size(), 10u);
  for (const std::string& block : shown) {
    EXPECT_TRUE(std::any_of(policies.begin(), policies.end(),
                            [&](const std::string& policy) {
                              return policy.find(block) != std::string::npos;
                            }))
        << "in no file:\n"
        << block.substr(0, 200);
  }
}

// What people copy should not be what lint warns them of.
TEST(CasesTest, LintFindsNothingInTheTenPoliciesButTheEmptySetOfIndia) {
  LintOptions options;
  options.now = *ParseRfc3339("2026-11-21T00:00:00Z");
  for (const std::string& fixture : FixtureFiles()) {
    if (fixture.find("/book-") == std::string::npos) continue;
    std::string policy = fixture;
    policy.replace(policy.find(".test"), 5, "");
    Linted linted = Lint({{policy, *ReadWhole(policy)}}, options);
    EXPECT_FALSE(HasErrors(linted.issues)) << Render(linted.issues);
    for (const Finding& finding : linted.findings) {
      EXPECT_EQ(finding.rule, "india/no-notified-country") << Render(finding);
    }
  }
}

TEST(CasesTest, TheFirstPolicyOfTheBookLoads) {
  std::string book = *ReadWhole("docs/POLICY.md");
  std::string text = YamlBlocks(book).at(0);
  Loaded loaded = Load({{"docs/POLICY.md", text}});
  EXPECT_TRUE(loaded.issues.empty()) << Render(loaded.issues);
  ASSERT_NE(loaded.program, nullptr);
  EXPECT_EQ(loaded.program->rules().size(), 2u);
}

}  // namespace
}  // namespace herald::policy
