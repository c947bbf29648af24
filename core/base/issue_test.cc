// SPDX-License-Identifier: Apache-2.0
#include "core/base/issue.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

TEST(IssueTest, IsRenderedWithPlaceHintAndCaret) {
  Issue issue{.file = "peers.yaml",
              .at = {3, 5},
              .text = "unknown key 'adress'",
              .hint = "did you mean 'address'?",
              .source_line = "    adress: 10.0.0.1:1"};
  EXPECT_EQ(Render(issue),
            "peers.yaml:3:5: error: unknown key 'adress'; did you mean "
            "'address'?\n"
            "        adress: 10.0.0.1:1\n"
            "        ^\n");
}

TEST(IssueTest, TheCaretFollowsTabs) {
  Issue issue{.file = "f", .at = {1, 3}, .text = "no", .source_line = "\t\tx"};
  EXPECT_EQ(Render(issue), "f:1:3: error: no\n    \t\tx\n    \t\t^\n");
}

TEST(IssueTest, WhatIsNoTextIsShownAsQuestionMarks) {
  Issue issue{.file = "f",
              .at = {1, 9},
              .text = "no",
              .source_line = "\xC3\xA9\xFF\xC3(\x1B[1m"};
  EXPECT_EQ(Render(issue),
            "f:1:9: error: no\n    \xC3\xA9?"
            "?(?[1m\n            ^\n");
}

TEST(IssueTest, AProblemOfTheWholeFileHasNoPlace) {
  Issue issue{.severity = Issue::Severity::kWarning,
              .file = "f",
              .text = "it is empty"};
  EXPECT_EQ(Render(issue), "f: warning: it is empty\n");
}

TEST(IssueTest, WarningsAreNoErrors) {
  Issue warning{.severity = Issue::Severity::kWarning};
  EXPECT_FALSE(HasErrors({warning}));
  EXPECT_TRUE(HasErrors({warning, Issue{}}));
}

TEST(IssueTest, LinesCountFromOne) {
  EXPECT_EQ(LineOf("one\r\ntwo\nthree", 1), "one");
  EXPECT_EQ(LineOf("one\r\ntwo\nthree", 3), "three");
  EXPECT_EQ(LineOf("one\r\ntwo\nthree", 4), "");
}

TEST(IssueTest, TheNearestWordIsOfferedWhenItIsNear) {
  EXPECT_EQ(Nearest("adress", {"identity", "address", "agents"}), "address");
  EXPECT_EQ(Nearest("colour", {"identity", "address", "agents"}), "");
}

}  // namespace
}  // namespace herald
