// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_lint_command.h"

#include <sstream>

#include "core/base/calendar.h"
#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPolicy[] = R"(apiVersion: herald.dev/v1alpha1
kind: RoutingPolicy
metadata: {name: p}
spec:
  rules:
  - id: eu   # a comment
    effect: Permit
    covers: [personal]
    where: {process: {countries: {in: [DE, FR]}}}
)";
constexpr char kSets[] = R"(apiVersion: herald.dev/v1alpha1
kind: JurisdictionSet
metadata: {name: j}
spec:
  reviewBy: 2026-11-20
  sets: {EU: [DE]}
)";
constexpr char kPeers[] = R"(peers:
- name: iad
  address: 127.0.0.1:15443
  identity: spiffe://acme.example/agent/summarizer
  site: {country: US}
  agents: [{name: summarizer, skills: [summarize]}]
)";

class PolicyLintCommandTest : public ::testing::Test {
 protected:
  int Lint(const PolicyLintArguments& args) {
    return PolicyLint(args, *ParseRfc3339("2026-11-20T23:00:00Z"), out_, err_);
  }

  test::TemporaryFolder folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyLintCommandTest, FindingsExit1AndNoneExits0) {
  folder_.Write("policy.yaml", kPolicy);
  std::string sets = folder_.Write("sets.yaml", kSets);
  PolicyLintArguments args{.files = {folder_.path()}};
  EXPECT_EQ(Lint(args), kFine) << out_.str();
  EXPECT_EQ(out_.str(), "nothing found in 2 files\n");
  out_.str("");
  args.today = "2026-11-21";
  EXPECT_EQ(Lint(args), kNo);
  EXPECT_THAT(out_.str(), HasSubstr(sets + ":5:13: past-review: "));
  EXPECT_THAT(out_.str(), HasSubstr("1 finding in 2 files\n"));
}

TEST_F(PolicyLintCommandTest, AFleetShowsPermitsThatNobodyMeets) {
  PolicyLintArguments args{.files = {folder_.Write("p.yaml", kPolicy)},
                           .peers = folder_.Write("peers", kPeers),
                           .json = true};
  EXPECT_EQ(Lint(args), kNo);
  std::optional<json::Value> value = json::Parse(out_.str());
  ASSERT_TRUE(value) << out_.str();
  EXPECT_EQ(value->at("kind"), "permit-without-peer");
  EXPECT_EQ(value->at("rule"), "p/eu");
  EXPECT_EQ(value->at("line").as_int64(), 6);
}

TEST_F(PolicyLintCommandTest, ErrorsAreNoFindings) {
  std::string bad = folder_.Write("bad.yaml", "kind: Nonsense\n");
  EXPECT_EQ(Lint({.files = {bad}, .json = true}), kUnusable);
  EXPECT_THAT(out_.str(), HasSubstr(R"({"kind":"error",)"));
  EXPECT_EQ(Lint({.files = {bad}, .today = "today"}), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("--today 'today' is no date"));
  EXPECT_EQ(Lint({.files = {bad}, .peers = folder_ / "none"}), kUnusable);
}

TEST_F(PolicyLintCommandTest, PrintRewritesWithoutCommentsAndCheck) {
  std::string file = folder_.Write("p.yaml", kPolicy);
  EXPECT_EQ(PolicyPrint({{file}}, out_, err_), kFine);
  EXPECT_THAT(out_.str(), HasSubstr("  - id: eu\n    effect: Permit\n"));
  EXPECT_THAT(err_.str(), IsEmpty());
  // A set that is declared elsewhere is no hindrance.
  std::string text = kPolicy;
  text.replace(text.find("DE, FR"), 6, "ELSEWHERE");
  EXPECT_EQ(PolicyPrint({{folder_.Write("q.yaml", text)}}, out_, err_), kFine);
  EXPECT_EQ(PolicyPrint({{folder_.Write("r.yaml", "kind: No\n")}}, out_, err_),
            kUnusable);
}

}  // namespace
}  // namespace herald::cli
