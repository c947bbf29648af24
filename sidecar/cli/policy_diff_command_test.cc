// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_diff_command.h"

#include <sstream>

#include "core/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Policy(const std::string& countries) {
  return "apiVersion: herald.dev/v1alpha1\nkind: RoutingPolicy\n"
         "metadata: {name: p}\nspec:\n  rules:\n"
         "  - {id: eu, effect: Permit, covers: [personal], where: {process: "
         "{countries: {in: [" +
         countries + "]}}}}\n";
}

// A line of the sidecar's decision log.
std::string Line(const std::string& call, const std::string& country) {
  return R"({"time":"2026-11-21T01:02:03.456789Z","event":"decision",)"
         R"("side":"caller","node":"n","call":")" +
         call +
         R"(","attempt":1,"caller":"spiffe://a/b","agent":"x",)"
         R"("labels":["personal"],"endorsements":[],"peer":"p","path":)"
         R"([{"role":"peer","country":")" +
         country + R"("}],"verdict":"Deny","rules":[],"policy":"0"})" + "\n";
}

class PolicyDiffCommandTest : public ::testing::Test {
 protected:
  int Run(const std::string& before, const std::string& after,
          bool json = false, const std::string& log = "") {
    out_.str("");
    return PolicyDiff({.before = folder_.Write("a.yaml", before),
                       .after = folder_.Write("b.yaml", after),
                       .log = log,
                       .json = json},
                      out_, err_);
  }

  test::TemporaryFolder folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyDiffCommandTest, TheExitCodeSaysWhichWayVerdictsFlip) {
  EXPECT_EQ(Run(Policy("DE"), Policy("DE")), kFine);
  EXPECT_THAT(out_.str(), HasSubstr("no verdict flips"));
  EXPECT_EQ(Run(Policy("DE, FR"), Policy("DE")), kNo);
  EXPECT_EQ(Run(Policy("DE"), Policy("DE, FR")), kOpens);
  EXPECT_EQ(Run(Policy("DE"), Policy("FR")), kOpens);
  EXPECT_EQ(Run(Policy("DE"), "kind: No\n"), kUnusable);
}

TEST_F(PolicyDiffCommandTest, AFlipIsToldWithItsRulesAndACaseToKeep) {
  Run(Policy("DE"), Policy("DE, FR"));
  EXPECT_THAT(out_.str(),
              HasSubstr("Deny -> Permit, 1 class\n"
                        "  denied before: no rule permits personal; closest "
                        "p/eu\n"
                        "  permitted now by p/eu\n"
                        "  such as\n"
                        "    - name: "));
  EXPECT_THAT(out_.str(),
              HasSubstr("      - {role: peer, country: FR}\n"
                        "      expect: {verdict: Permit, rules: [p/eu]}\n"));
}

TEST_F(PolicyDiffCommandTest, ALogSaysWhichCallsWouldFlip) {
  std::string log = folder_.Write("d.jsonl", Line("c3", "US") + "{broken\n");
  folder_.Write("d.jsonl.1", Line("c1", "DE") + Line("c2", "FR"));
  EXPECT_EQ(Run(Policy("DE"), Policy("FR"), false, log), kOpens);
  EXPECT_THAT(out_.str(), HasSubstr("of 3 logged decisions 2 calls would flip\n"
                                    "  1 newly permitted: c2\n"
                                    "  1 newly denied: c1\n"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("c3")));
  EXPECT_EQ(Run(Policy("DE"), Policy("FR"), false, folder_ / "none"),
            kUnusable);
}

TEST_F(PolicyDiffCommandTest, AnIdOfALogDoesNotSpeakToTheTerminal) {
  std::string log = folder_.Write("d.jsonl", Line("c\\u001b[2J", "DE"));
  EXPECT_EQ(Run(Policy("DE"), Policy("FR"), false, log), kOpens);
  EXPECT_THAT(out_.str(), HasSubstr("newly denied: c?[2J\n"));
}

TEST_F(PolicyDiffCommandTest, JsonIsAnObjectAFlipAndOneOfSums) {
  std::string log = folder_.Write("d.jsonl", Line("c2", "FR"));
  EXPECT_EQ(Run(Policy("DE"), Policy("DE, FR"), true, log), kOpens);
  std::istringstream lines(out_.str());
  std::string flip;
  std::string sums;
  std::getline(lines, flip);
  std::getline(lines, sums);
  std::optional<json::Value> first = json::Parse(flip);
  std::optional<json::Value> last = json::Parse(sums);
  ASSERT_TRUE(first && last) << out_.str();
  EXPECT_EQ(first->at("now"), "Permit");
  EXPECT_EQ(first->at("deniedBy").as_array()[0], "p/eu");
  EXPECT_EQ(last->at("newlyPermitted").as_int64(), 1);
  EXPECT_EQ(last->at("log").at("newlyPermitted").as_array()[0], "c2");
}

}  // namespace
}  // namespace herald::cli
