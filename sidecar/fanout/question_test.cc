// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/question.h"

#include <gtest/gtest.h>

namespace herald::fanout {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kBase[] = "/apis/herald.dev/v1alpha1";

StatusOr<Question> Parse(const std::string& rest) {
  return ParseQuestion(kBase + rest, 0.5);
}

TEST(QuestionTest, PathsNameKindAndNamespace) {
  const auto all = Parse("/agents");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->kind->name, "Agent");
  EXPECT_EQ(all->space, "");
  const auto some = Parse("/namespaces/claims/routingpolicies");
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->kind->name, "RoutingPolicy");
  EXPECT_EQ(some->space, "claims");
}

TEST(QuestionTest, OtherPathsAreNotFound) {
  for (const char* path :
       {"", "/", "/pods", "/agents/x", "/namespaces//agents",
        "/namespaces/claims", "/namespaces/claims/labelschemas"}) {
    EXPECT_EQ(Parse(path).status().code(), StatusCode::kNotFound) << path;
  }
  EXPECT_EQ(ParseQuestion("/metrics", 0).status().code(),
            StatusCode::kNotFound);
}

TEST(QuestionTest, AWatchSaysFromWhereAndForHowLong) {
  const auto watch = Parse(
      "/agents?watch=1&allowWatchBookmarks=true&resourceVersion=42"
      "&timeoutSeconds=300&labelSelector=team%3Dclaims");
  ASSERT_TRUE(watch.ok());
  EXPECT_TRUE(watch->watch);
  EXPECT_TRUE(watch->bookmarks);
  EXPECT_EQ(watch->version, 42u);
  EXPECT_EQ(watch->lasts, seconds(300));
  EXPECT_TRUE(watch->selector.Selects({{"team", "claims"}}));
  EXPECT_FALSE(watch->selector.Selects({}));
}

TEST(QuestionTest, AWatchThatNamesNoTimeEndsAtOneOfItsOwn) {
  EXPECT_EQ(Parse("/agents?watch=1")->lasts, minutes(45));
}

TEST(QuestionTest, NoVersionAndZeroMeanWhateverThereIs) {
  EXPECT_FALSE(Parse("/agents?watch=1&resourceVersion=")->version);
  EXPECT_FALSE(Parse("/agents?watch=1&resourceVersion=0")->version);
}

TEST(QuestionTest, WhatCannotBeAnsweredIsRefused) {
  for (const char* query :
       {"limit=ten", "resourceVersion=abc", "timeoutSeconds=-1",
        "labelSelector=%28", "continue=***", "fieldSelector=metadata.name%3Dx",
        "limit=%zz"}) {
    EXPECT_EQ(Parse(std::string("/agents?") + query).status().code(),
              StatusCode::kInvalidArgument)
        << query;
  }
}

}  // namespace
}  // namespace herald::fanout
