// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/decision_lines.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> EachLine(const std::string& file) {
  std::vector<std::string> lines;
  Status read = ReadDecisionLines(
      file, [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_TRUE(read.ok()) << Message(read);
  return lines;
}

TEST(DecisionLinesTest, TheOldestRotatedFileComesFirst) {
  test::TemporaryFolder folder;
  std::string file = folder.Write("d.jsonl", "newest\n");
  folder.Write("d.jsonl.1", "c\nd\n");
  folder.Write("d.jsonl.2", "b\n");
  folder.Write("d.jsonl.10", "a\n");  // by number, not by letter
  folder.Write("d.jsonl.old", "no\n");
  folder.Write("d.jsonl.1.gz", "no\n");
  EXPECT_THAT(EachLine(file), ElementsAre("a", "b", "c", "d", "newest"));
}

TEST(DecisionLinesTest, AFileThatWasJustRotatedAwayIsNoError) {
  test::TemporaryFolder folder;
  folder.Write("d.jsonl.1", "a\n");
  EXPECT_THAT(EachLine(folder / "d.jsonl"), ElementsAre("a"));
}

TEST(DecisionLinesTest, NoFileAtAllIsAnError) {
  test::TemporaryFolder folder;
  auto lines = LinesOfCall(folder / "d.jsonl", "id");
  EXPECT_FALSE(lines.ok());
  EXPECT_EQ(Message(lines.status()), folder / "d.jsonl" + ": no such file");
}

TEST(DecisionLinesTest, OnlyTheCallsOwnWholeLinesAreTaken) {
  test::TemporaryFolder folder;
  std::string file =
      folder.Write("d.jsonl",
                   "{\"call\":\"one\",\"attempt\":1}\n"
                   "{\"call\":\"two\",\"agent\":\"one\"}\n"
                   "{\"call\":\"one\",\"attempt\":2}\n"
                   "{\"call\":\"one\",\"atte");  // the disk was full
  auto lines = LinesOfCall(file, "one");
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ(NumberOf((*lines)[1], "attempt"), 2u);
  EXPECT_THAT(*LinesOfCall(file, "three"), IsEmpty());
}

TEST(DecisionLinesTest, MembersOfAnotherKindAreEmpty) {
  json::Object line{{"a", 1}, {"b", json::Array{"x", 2, "y"}}, {"c", -1}};
  EXPECT_EQ(TextOf(line, "a"), "");
  EXPECT_THAT(ListOf(line, "b"), ElementsAre("x", "y"));
  EXPECT_EQ(NumberOf(line, "b"), 0u);
  EXPECT_EQ(NumberOf(line, "c"), 0u);
}

}  // namespace
}  // namespace herald::cli
