// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/parse.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::yaml {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// The issues of `text` as "line:column text" lines.
std::string IssuesOf(const std::string& text) {
  Problems problems("f.yaml", text);
  ParseAll(problems);
  std::string out;
  for (const Issue& issue : problems.issues()) {
    out += std::to_string(issue.at.line) + ":" +
           std::to_string(issue.at.column) + " " + issue.text + "\n";
  }
  return out;
}

TEST(ParseTest, KeepsOrderPositionsAndQuotes) {
  Problems problems("f.yaml", "b: one\na: [\"two\", 3]\nm: {k: 'v'}\n");
  std::optional<Node> root = ParseOne(problems);
  ASSERT_TRUE(root);
  EXPECT_TRUE(problems.issues().empty());
  ASSERT_THAT(root->entries, SizeIs(3));
  EXPECT_EQ(root->entries[0].key, "b");
  EXPECT_EQ(root->entries[0].value.at, (Position{1, 4}));
  const Node& list = root->entries[1].value;
  EXPECT_EQ(root->entries[1].key_at, (Position{2, 1}));
  EXPECT_TRUE(list.items[0].quoted);
  EXPECT_FALSE(list.items[1].quoted);
  EXPECT_EQ(list.items[1].at, (Position{2, 12}));
  EXPECT_EQ(root->Find("m")->Find("k")->text, "v");
  EXPECT_EQ(root->Find("x"), nullptr);
}

TEST(ParseTest, ReportsADoubledKeyWithThePlaceOfTheFirst) {
  Problems problems("f.yaml", "a: 1\nb: 2\na: 3\n");
  ParseAll(problems);
  ASSERT_THAT(problems.issues(), SizeIs(1));
  EXPECT_EQ(Render(problems.issues()),
            "f.yaml:3:1: error: key 'a' stands here twice; the first is in "
            "line 1\n    a: 3\n    ^\n");
}

// Found by fuzzing: yaml-cpp stands still on these.
TEST(ParseTest, EndsOnBracketsThatOpenNothing) {
  for (const char* text : {",", "]", "}", ",perd]}t]}operd]}t", "{a: 1} }",
                           "- a\n]\n", "a: 1\n...\n,\n"}) {
    EXPECT_THAT(IssuesOf(text), HasSubstr("not YAML")) << text;
  }
  EXPECT_EQ(IssuesOf(", a"), "1:1 not YAML: no value can begin here\n");
}

TEST(ParseTest, RefusesWhatTheDialectDoesNotHave) {
  EXPECT_THAT(IssuesOf("a: &x 1\n"), HasSubstr("anchors"));
  EXPECT_THAT(IssuesOf("a: &x 1\nb: *x\n"), HasSubstr("aliases"));
  EXPECT_THAT(IssuesOf("a: !!int 1\n"), HasSubstr("tags"));
  EXPECT_THAT(IssuesOf("a: !!map {}\n"), HasSubstr("tags"));
  EXPECT_THAT(IssuesOf("<<: {a: 1}\n"), HasSubstr("merge keys"));
  EXPECT_THAT(IssuesOf("? [a]\n: 1\n"), HasSubstr("a key must be"));
  EXPECT_THAT(IssuesOf(std::string("a: \0\n", 5)), HasSubstr("control"));
  EXPECT_THAT(IssuesOf("a: \xff\n"), HasSubstr("1:4 not UTF-8"));
}

TEST(ParseTest, SaysWhereATabIndents) {
  EXPECT_EQ(IssuesOf("a:\n\tb: 1\nc:\n  \td: 1\n"),
            "2:1 a tab in the indentation\n4:3 a tab in the indentation\n");
}

TEST(ParseTest, AllowsTabsThatDoNotIndent) {
  EXPECT_EQ(IssuesOf("a: 1\t# one\n\t\n\t# a comment\nb: \"x\ty\"\n"), "");
}

TEST(ParseTest, ASyntaxErrorHidesOnlyItsOwnDocument) {
  Problems problems("f.yaml", "a: [1\n---\nb: 2\n---\nc: }\n");
  std::vector<Node> documents = ParseAll(problems);
  ASSERT_THAT(documents, SizeIs(1));
  EXPECT_NE(documents[0].Find("b"), nullptr);
  ASSERT_THAT(problems.issues(), SizeIs(2));
  EXPECT_EQ(problems.issues()[1].at.line, 5);
}

TEST(ParseTest, PositionsCountOverAllDocuments) {
  Problems problems("f.yaml", "# first\n---\na: 1\n---\n\nb: 2\n---\n");
  std::vector<Node> documents = ParseAll(problems);
  ASSERT_THAT(documents, SizeIs(2));
  EXPECT_EQ(documents[1].entries[0].key_at, (Position{6, 1}));
}

TEST(ParseTest, OneDocumentIsNeitherNoneNorTwo) {
  Problems none("f.yaml", "# only a comment\n");
  EXPECT_FALSE(ParseOne(none));
  EXPECT_THAT(Render(none.issues()), HasSubstr("nothing in this file"));
  Problems two("f.yaml", "a: 1\n---\nb: 2\n");
  EXPECT_TRUE(ParseOne(two));
  EXPECT_THAT(Render(two.issues()), HasSubstr("f.yaml:3:1: error: a second"));
}

TEST(ParseTest, DepthIsBounded) {
  auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  EXPECT_EQ(IssuesOf(nested(kMaxDepth)), "");
  EXPECT_THAT(IssuesOf(nested(kMaxDepth + 1)), HasSubstr("nested deeper"));
  EXPECT_NE(IssuesOf(nested(5000)), "");
}

TEST(ParseTest, SizeIsBounded) {
  std::string text = "a: 1 #";
  text.resize(kMaxTextBytes, 'x');
  EXPECT_EQ(IssuesOf(text), "");
  text += 'x';
  EXPECT_THAT(IssuesOf(text), HasSubstr("larger than 1 MiB"));
}

TEST(ParseTest, StopsCountingProblemsAtTheBound) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "a: 1\n";
  Problems problems("f.yaml", text);
  ParseAll(problems);
  ASSERT_THAT(problems.issues(), SizeIs(Problems::kMaxIssues + 1));
  EXPECT_THAT(problems.issues().back().text, HasSubstr("too many problems"));
}

}  // namespace
}  // namespace herald::yaml
