// SPDX-License-Identifier: Apache-2.0
#include "core/http/query.h"

#include <gtest/gtest.h>

namespace herald::http {
namespace {

TEST(QueryTest, PairsComeInOrderUnescaped) {
  const QueryPairs expected = {
      {"skill", "plan"}, {"tag", "a b"}, {"tag", "a/b+c"}, {"watch", ""}};
  EXPECT_EQ(*ParseQuery("skill=plan&tag=a+b&&tag=a%2fb%2Bc&watch"), expected);
  EXPECT_TRUE(ParseQuery("")->empty());
}

TEST(QueryTest, AHalfEscapeIsRefused) {
  for (const char* text : {"a=%", "a=%4", "a=%4g", "%=1"}) {
    EXPECT_FALSE(ParseQuery(text).ok()) << text;
  }
}

TEST(QueryTest, WhatIsRenderedIsReadTheSame) {
  const QueryPairs pairs = {{"label", "a&b=c%"},
                            {"input", "text/pl\xc3\xa4in"}};
  EXPECT_EQ(*ParseQuery(RenderQuery(pairs)), pairs);
}

TEST(QueryTest, ATargetIsSplitAtItsFirstMark) {
  EXPECT_EQ(SplitTarget("/a?b?c").first, "/a");
  EXPECT_EQ(SplitTarget("/a?b?c").second, "b?c");
  EXPECT_EQ(SplitTarget("/a").second, "");
}

}  // namespace
}  // namespace herald::http
