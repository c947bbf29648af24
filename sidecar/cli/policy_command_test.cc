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
