// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_command.h"

#include <array>
#include <sstream>

#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "sidecar/cli/arguments.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

class PolicyCommandTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, std::string_view text) {
    return folder_.Write(name, text);
  }
  std::string Folder() const { return folder_.path(); }

  std::ostringstream out_;
  std::ostringstream err_;

 private:
  test::TemporaryFolder folder_;
};

TEST_F(PolicyCommandTest, CheckCountsTheRulesOfAGoodFolder) {
  Write("policy.yaml", policy::kMinimalPolicy);
  EXPECT_EQ(PolicyCheck({Folder()}, false, out_, err_), kFine);
  EXPECT_THAT(out_.str(), HasSubstr("fine: 1 rule in 1 file, policy hash "));
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(PolicyCommandTest, CheckShowsEveryProblemOfEveryFile) {
  std::string bad = Write("bad.yaml", "kind: Nonsense\n");
  EXPECT_EQ(PolicyCheck({bad, Folder() + "/none.yaml"}, false, out_, err_),
            kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("bad.yaml:1:7: error: 'kind' must be"));
  EXPECT_THAT(err_.str(), HasSubstr("none.yaml: error: "));
}

TEST_F(PolicyCommandTest, CheckSpeaksJson) {
  std::string bad = Write("bad.yaml", "kind: Nonsense\n");
  EXPECT_EQ(PolicyCheck({bad}, true, out_, err_), kUnusable);
  std::optional<json::Value> value = json::Parse(out_.str());
  ASSERT_TRUE(value);
  EXPECT_FALSE(value->at("fine").as_bool());
  EXPECT_EQ(value->at("issues").as_array()[0].at("line").as_int64(), 1);
}

TEST_F(PolicyCommandTest, TestPrintsALineForEachFailingCase) {
  Write("policy.yaml", policy::kMinimalPolicy);
  std::string file = Write("t.yaml", kTests);
  EXPECT_EQ(PolicyTest({file}, false, out_, err_), kNo);
  EXPECT_EQ(out_.str(), file +
                            ": labelled goes too: verdict: expected Permit, "
                            "came Deny (no rule permits 'personal')\n"
                            "1 passed, 1 failed\n");
}

TEST_F(PolicyCommandTest, TestFindsTheTestsOfAFolder) {
  Write("policy.yaml", policy::kMinimalPolicy);
  Write("t.yaml", kTests);
  EXPECT_EQ(PolicyTest({Folder()}, true, out_, err_), kNo);
  std::istringstream lines(out_.str());
  std::string first;
  std::getline(lines, first);
  std::optional<json::Value> value = json::Parse(first);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("name"), "unlabelled goes");
  EXPECT_EQ(value->at("verdict"), "Permit");
  EXPECT_EQ(value->at("rules").as_array()[0], "start/unlabelled-calls");
}

TEST_F(PolicyCommandTest, TestRefusesWhatItCannotUse) {
  std::string file = Write("t.yaml", kTests);  // its policy is not there
  EXPECT_EQ(PolicyTest({file}, false, out_, err_), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("t.yaml:5:14: error: cannot read"));
  EXPECT_EQ(PolicyTest({Folder() + "/none"}, false, out_, err_), kUnusable);
}

TEST_F(PolicyCommandTest, ExplainNamesTheNearestCandidate) {
  auto program = LoadPolicyFiles(
      {Write(
          "p.yaml",
          "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
          "metadata: {name: p}\nspec:\n  rules:\n"
          "  - {id: de, effect: Permit, covers: [personal], where: {process: "
          "{countries: {in: [DE]}}}}\n")},
      err_);
  ASSERT_NE(program, nullptr) << err_.str();
  Site us;
  us.country = Country::Parse("US");
  policy::Node node{.site = &us};
  std::array<policy::Candidate, 1> candidates = {
      policy::Candidate{"us-1", policy::Path{.nodes = {&node, 1}}}};
  std::vector<std::string> labels = {"personal"};
  ExplainRequest request{
      .call = policy::Call{.callee = "summarizer", .labels = labels},
      .candidates = candidates};
  EXPECT_EQ(PolicyExplain(*program, request, out_), kNo);
  EXPECT_THAT(out_.str(),
              HasSubstr("nearest: us-1, which fails\n"
                        "  p/de: where.process.countries.in [DE], found US at "
                        "the peer\n"));
  request.json = true;
  std::ostringstream json_out;
  EXPECT_EQ(PolicyExplain(*program, request, json_out), kNo);
  std::optional<json::Value> value = json::Parse(json_out.str());
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("nearest").at("peer"), "us-1");
  us.country = Country::Parse("DE");
  EXPECT_EQ(PolicyExplain(*program, request, json_out), kFine);
}

}  // namespace
}  // namespace herald::cli
