// SPDX-License-Identifier: Apache-2.0
//
// What a command line comes to, and what its author is told who mistyped it.
#include "sidecar/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace herald::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ArgumentsTest : public testing::Test {
 protected:
  std::variant<Arguments, int> Parse(std::vector<const char*> words) {
    words.insert(words.begin(), "herald");
    return ParseArguments(static_cast<int>(words.size()), words.data(), out_,
                          err_);
  }
  // What is said of a line that cannot be used.
  std::string Complaint(std::vector<const char*> words) {
    auto parsed = Parse(std::move(words));
    const int* code = std::get_if<int>(&parsed);
    EXPECT_TRUE(code != nullptr && *code == kUnusable);
    EXPECT_EQ(out_.str(), "");
    return err_.str();
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ArgumentsTest, ACommandOfAGroupIsTakenWithItsOptions) {
  auto parsed = Parse({"policy", "check", "a.yaml", "b.yaml", "--json"});
  auto& arguments = std::get<Arguments>(parsed);
  auto& check = std::get<PolicyCheckArguments>(arguments);
  EXPECT_THAT(check.files, testing::ElementsAre("a.yaml", "b.yaml"));
  EXPECT_TRUE(check.json);
}

TEST_F(ArgumentsTest, HelpThatWasAskedForIsNoError) {
  auto parsed = Parse({"call", "--help"});
  EXPECT_EQ(std::get<int>(parsed), kFine);
  EXPECT_THAT(out_.str(), HasSubstr("Example:\n  herald call summarizer"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ArgumentsTest, AMistypedCommandGetsTheNearest) {
  EXPECT_EQ(Complaint({"sidecr", "--config", "a.yaml"}),
            "herald: no command 'sidecr'; did you mean 'sidecar'?\n"
            "        herald --help tells the commands\n");
}

TEST_F(ArgumentsTest, AMistypedCommandOfAGroupGetsTheNearestOfTheGroup) {
  EXPECT_EQ(Complaint({"policy", "chek", "a.yaml"}),
            "herald policy: no command 'chek'; did you mean 'check'?\n"
            "        herald policy --help tells the commands\n");
}

TEST_F(ArgumentsTest, AMistypedOptionGetsTheNearest) {
  EXPECT_EQ(Complaint({"call", "summarizer", "--lable", "personal"}),
            "herald call: no option '--lable'; did you mean '--label'?\n"
            "        herald call --help has an example\n");
}

TEST_F(ArgumentsTest, AMistypedOptionBeforeTheCommandIsTold) {
  EXPECT_THAT(Complaint({"--verison"}),
              StartsWith("herald: no option '--verison'\n"));
}

TEST_F(ArgumentsTest, AMissingCommandIsTold) {
  EXPECT_THAT(Complaint({"policy"}),
              StartsWith("herald policy: a command is missing\n"));
}

TEST_F(ArgumentsTest, AMissingArgumentIsTold) {
  EXPECT_THAT(Complaint({"call"}),
              StartsWith("herald call: agent is required"));
}

TEST_F(ArgumentsTest, AWordTooManyIsTold) {
  EXPECT_THAT(Complaint({"call", "summarizer", "text"}),
              StartsWith("herald call: 'text' is one word too many\n"));
}

TEST_F(ArgumentsTest, AnOptionWithoutItsValueIsTold) {
  EXPECT_THAT(Complaint({"call", "summarizer", "--data"}),
              StartsWith("herald call: --data"));
}

TEST_F(ArgumentsTest, AValueThatCannotBeIsTold) {
  EXPECT_THAT(
      Complaint({"policy", "explain", "--agent", "x", "--caller", "me"}),
      HasSubstr("'me' is no SPIFFE id"));
}

}  // namespace
}  // namespace herald::cli
