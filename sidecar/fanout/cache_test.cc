// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::fanout {
namespace {

using testing::HasSubstr;
using testing::Not;

json::Object Agent(const std::string& name, int version,
                   const std::string& more = "") {
  return json::Parse(R"({"kind":"Agent","metadata":{"namespace":"claims",)"
                     R"("name":")" +
                     name + R"(","resourceVersion":")" +
                     std::to_string(version) +
                     R"(","managedFields":[{"manager":"x"}]})" + more + "}")
      ->as_object();
}

class CacheTest : public testing::Test {
 protected:
  void List(const std::vector<json::Object>& objects, int version) {
    cache_.OnListBegin();
    for (const json::Object& object : objects) cache_.OnListed(object);
    cache_.OnListEnd(std::to_string(version));
  }
  // "+a" is new, "~a" differs, "-a" is gone; all that is news to who knows
  // everything up to `version`.
  std::string News(uint64_t version) const {
    const auto from = cache_.EventAfter(version);
    if (!from) return "forgotten";
    std::string out;
    for (uint64_t at = *from; at < cache_.end_event(); ++at) {
      const CachedEvent& event = cache_.event(at);
      const CachedObject& about = event.after ? *event.after : *event.before;
      out += event.before == nullptr ? '+' : event.after == nullptr ? '-' : '~';
      out += about.name;
    }
    return out;
  }

  int changes_ = 0;
  Cache cache_{4, [this] { ++changes_; }};
};

TEST_F(CacheTest, IsReadyWithTheFirstWholeList) {
  cache_.OnListBegin();
  cache_.OnListed(Agent("a", 3));
  EXPECT_FALSE(cache_.ready());
  cache_.OnListEnd("7");
  EXPECT_TRUE(cache_.ready());
  EXPECT_EQ(cache_.version(), 7u);
  EXPECT_EQ(cache_.objects().size(), 1u);
  EXPECT_EQ(News(7), "");
  EXPECT_EQ(News(6), "forgotten");  // what was before is not known here
}

TEST_F(CacheTest, ChangesAreNewsToWhoDoesNotKnowThem) {
  List({Agent("a", 3)}, 7);
  cache_.OnChanged(Agent("b", 8));
  cache_.OnChanged(Agent("a", 9, R"(,"spec":{"address":"x"})"));
  cache_.OnDeleted(Agent("b", 10));
  EXPECT_EQ(News(7), "+b~a-b");
  EXPECT_EQ(News(8), "~a-b");
  EXPECT_EQ(News(10), "");
  EXPECT_EQ(News(99), "");  // another replica may be ahead of us
}

TEST_F(CacheTest, WhoWroteWhatIsLeftOut) {
  List({Agent("a", 3)}, 7);
  EXPECT_THAT(cache_.objects().begin()->second->text,
              Not(HasSubstr("managedFields")));
}

TEST_F(CacheTest, AnotherPolicyHashIsNoNewsButReadinessIs) {
  List({Agent("a", 3, R"(,"status":{"ready":true,"policyHash":"1"})")}, 7);
  cache_.OnChanged(
      Agent("a", 8, R"(,"status":{"ready":true,"policyHash":"2"})"));
  EXPECT_EQ(News(7), "");
  EXPECT_EQ(cache_.version(), 8u);
  cache_.OnChanged(Agent("a", 9, R"(,"status":{"ready":false})"));
  EXPECT_EQ(News(7), "~a");
}

TEST_F(CacheTest, ThePolicyHashOfWhoHadNoStatusIsNoNews) {
  List({Agent("a", 3)}, 7);
  cache_.OnChanged(Agent("a", 8, R"(,"status":{"policyHash":"1"})"));
  EXPECT_EQ(News(7), "");
}

TEST_F(CacheTest, ASecondListIsToldAsChanges) {
  List({Agent("a", 3), Agent("b", 4)}, 7);
  List({Agent("a", 3), Agent("c", 12)}, 20);
  EXPECT_EQ(News(7), "+c-b");
  EXPECT_EQ(News(19), "+c-b");  // it is not known when they came and went
  EXPECT_EQ(News(20), "");
}

TEST_F(CacheTest, WhatIsGoneBearsTheVersionOfItsEnd) {
  List({Agent("a", 3)}, 7);
  List({}, 20);
  EXPECT_THAT(cache_.event(0).before->text,
              HasSubstr(R"("resourceVersion":"20")"));
}

TEST_F(CacheTest, RemembersSoManyChangesAndNoMore) {
  List({}, 7);
  for (int i = 8; i <= 12; ++i) {
    cache_.OnChanged(Agent("a" + std::to_string(i), i));
  }
  EXPECT_EQ(News(7), "forgotten");
  EXPECT_EQ(News(8), "+a9+a10+a11+a12");
}

TEST_F(CacheTest, AListThatBeginsAnewForgetsTheUnfinishedOne) {
  cache_.OnListBegin();
  cache_.OnListed(Agent("a", 3));
  List({Agent("b", 3)}, 7);
  EXPECT_EQ(cache_.objects().size(), 1u);
  EXPECT_EQ(cache_.objects().begin()->first.second, "b");
}

TEST_F(CacheTest, ABookmarkMovesTheVersionAlone) {
  List({}, 7);
  cache_.OnVersion("30");
  EXPECT_EQ(cache_.version(), 30u);
  EXPECT_EQ(News(7), "");
}

}  // namespace
}  // namespace herald::fanout
