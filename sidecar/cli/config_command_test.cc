// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/config_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "core/json/json.h"
#include "sidecar/cli/certs_command.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using testing::HasSubstr;

const WallTime kNow = WallTime(std::chrono::seconds(1767225600));  // 2026

class ConfigCommandTest : public testing::Test {
 protected:
  ConfigCommandTest() {
    std::ostringstream ignored;
    CertsInit({.folder = folder_.path(), .trust_domain = "acme.example"}, kNow,
              ignored, ignored);
    CertsIssue({.folder = folder_.path(),
                .id = "spiffe://acme.example/planner",
                .out = "a"},
               kNow, ignored, ignored);
  }

  int Check(const std::string& more, bool json = false) {
    folder_.Write("c.yaml",
                  "node: {name: planner-0}\n"
                  "identity: {certificate: a.crt, key: a.key, "
                  "trust: ca.crt}\n" +
                      more);
    return ConfigCheck({.config = folder_ / "c.yaml", .json = json}, kNow, out_,
                       err_);
  }

  test::TemporaryFolder folder_;
  std::ostringstream out_, err_;
};

TEST_F(ConfigCommandTest, SumsUpAGoodConfiguration) {
  EXPECT_EQ(Check("agents: [{name: planner, address: 127.0.0.1:8080}]\n"),
            kFine);
  EXPECT_EQ(out_.str(), (folder_ / "c.yaml") +
                            " is fine: planner-0 as "
                            "spiffe://acme.example/planner, 1 agent, 0 peers, "
                            "0 policy files\n");
  EXPECT_THAT(err_.str(), HasSubstr("warning: no policy is named"));
}

TEST_F(ConfigCommandTest, ShowsProblemsAndNoSummary) {
  EXPECT_EQ(Check("agent: []\npolicy: [none.yaml]\n"), kUnusable);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("c.yaml:3:1: error: unknown key 'agent' "
                                    "in the configuration; did you mean "
                                    "'agents'?\n    agent: []\n    ^\n"));
  EXPECT_THAT(err_.str(), HasSubstr("none.yaml: No such file or directory"));
}

TEST_F(ConfigCommandTest, PrintsAnObjectALine) {
  EXPECT_EQ(Check("agent: []\n", true), kUnusable);
  EXPECT_EQ(err_.str(), "");
  std::istringstream lines(out_.str());
  std::string line, last;
  int count = 0;
  while (std::getline(lines, line)) {
    EXPECT_TRUE(json::Parse(line)) << line;
    last = line;
    ++count;
  }
  EXPECT_EQ(count, 3);  // the key, the missing policy, the summary
  EXPECT_THAT(last, HasSubstr("\"ok\":false"));
}

}  // namespace
}  // namespace herald::cli
