// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_test_command.h"

#include <sstream>

#include "core/base/text_file.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/evaluate.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kTests[] = R"(apiVersion: herald.dev/v1alpha1
kind: PolicyTest
metadata: {name: t}
spec:
  policies: [policy.yaml]
  cases:
  - name: unlabelled goes
    call: {skill: x}
    path: [{role: peer, country: DE}]
    expect: {verdict: Permit, rules: [start/unlabelled-calls]}
  - name: labelled goes too
    call: {skill: x, labels: [personal]}
    path: [{role: peer, country: DE}]
    expect: {verdict: Permit}
)";

class PolicyTestCommandTest : public ::testing::Test {
 protected:
  int Run(const PolicyTestArguments& args) {
    return PolicyTest(args, out_, err_);
  }

  test::TemporaryFolder folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyTestCommandTest, PrintsALineForEachFailingCase) {
  folder_.Write("policy.yaml", policy::kMinimalPolicy);
  std::string file = folder_.Write("t.yaml", kTests);
  EXPECT_EQ(Run({.files = {file}}), kNo);
  EXPECT_EQ(out_.str(), file +
                            ": labelled goes too: verdict: expected Permit, "
                            "came Deny (no rule permits 'personal')\n"
                            "1 passed, 1 failed\n");
}

TEST_F(PolicyTestCommandTest, FindsTheTestsOfAFolder) {
  folder_.Write("policy.yaml", policy::kMinimalPolicy);
  folder_.Write("t.yaml", kTests);
  EXPECT_EQ(Run({.files = {folder_.path()}, .json = true}), kNo);
  std::istringstream lines(out_.str());
  std::string first;
  std::getline(lines, first);
  std::optional<json::Value> value = json::Parse(first);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("name"), "unlabelled goes");
  EXPECT_EQ(value->at("verdict"), "Permit");
  EXPECT_EQ(value->at("rules").as_array()[0], "start/unlabelled-calls");
}

TEST_F(PolicyTestCommandTest, RefusesWhatItCannotUse) {
  std::string file =
      folder_.Write("t.yaml", kTests);  // its policy is not there
  EXPECT_EQ(Run({.files = {file}}), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("t.yaml:5:14: error: cannot read"));
  EXPECT_EQ(Run({.files = {folder_ / "none"}}), kUnusable);
}

TEST_F(PolicyTestCommandTest, CoverageTellsWhatIsMissingAndMayBeRequired) {
  folder_.Write("policy.yaml", policy::kMinimalPolicy);
  std::string text = kTests;
  std::string file = folder_.Write(
      "t.yaml", text.substr(0, text.find("  - name: labelled goes too")));
  EXPECT_EQ(Run({.files = {file}, .coverage = true}), kFine);
  EXPECT_THAT(out_.str(),
              HasSubstr("1 passed, 0 failed\n"
                        "coverage: 1 of 1 rules both ways, 0 of 0 atoms\n"));
  EXPECT_EQ(Run({.files = {file}, .require_coverage = true}), kFine);
  std::string more(policy::kMinimalPolicy);
  folder_.Write("policy.yaml",
                more + "  - {id: f, effect: Forbid, when: {skills: [y]}}\n");
  EXPECT_EQ(Run({.files = {file}, .coverage = true}), kFine);
  EXPECT_THAT(out_.str(), HasSubstr("start/f: never forbade a call\n"));
  out_.str("");
  EXPECT_EQ(Run({.files = {file}, .json = true, .require_coverage = true}),
            kNo);
  std::istringstream lines(out_.str());
  std::string last;
  for (std::string line; std::getline(lines, line);) last = line;
  std::optional<json::Value> value = json::Parse(last);
  ASSERT_TRUE(value) << last;
  EXPECT_EQ(value->at("coverage").at("rules").as_int64(), 2);
  EXPECT_EQ(value->at("coverage").at("gaps").as_array()[0].at("rule"),
            "start/f");
}

TEST_F(PolicyTestCommandTest, JunitHasEachCaseAndWhyItFailed) {
  folder_.Write("policy.yaml", policy::kMinimalPolicy);
  std::string file = folder_.Write("t.yaml", kTests);
  std::string report = folder_ / "report.xml";
  EXPECT_EQ(Run({.files = {file, folder_ / "no<ne"}, .junit = report}),
            kUnusable);
  std::string xml = *ReadTextFile(report);
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"herald policy test\" "
                             "tests=\"3\" failures=\"1\" errors=\"1\">"));
  EXPECT_THAT(xml, HasSubstr("name=\"unlabelled goes\"/>"));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"verdict: expected Permit, "
                             "came Deny\">no rule permits 'personal'<"));
  EXPECT_THAT(xml, HasSubstr("/no&lt;ne\""));
  EXPECT_EQ(Run({.files = {file}, .junit = folder_ / "no/where.xml"}),
            kWorldFailed);
}

}  // namespace
}  // namespace herald::cli
