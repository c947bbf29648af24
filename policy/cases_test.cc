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

#include "gtest/gtest.h"
#include "policy/fixture.h"

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
  EXPECT_GE(cases, 18u + 40u);
}

TEST(CasesTest, TheFirstPolicyOfTheBookLoads) {
  std::string book = *ReadWhole("docs/POLICY.md");
  constexpr std::string_view kFence = "```yaml\n";
  size_t start = book.find(kFence) + kFence.size();
  std::string text = book.substr(start, book.find("```", start) - start);
  Loaded loaded = Load({{"docs/POLICY.md", text}});
  EXPECT_TRUE(loaded.issues.empty()) << Render(loaded.issues);
  ASSERT_NE(loaded.program, nullptr);
  EXPECT_EQ(loaded.program->rules().size(), 2u);
}

}  // namespace
}  // namespace herald::policy
