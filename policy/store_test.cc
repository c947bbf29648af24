// SPDX-License-Identifier: Apache-2.0
#include "policy/store.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/evaluate.h"
#include "policy/question_builder.h"

namespace herald::policy {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

SourceText Minimal() { return {"p.yaml", std::string(kMinimalPolicy)}; }

TEST(StoreTest, DeniesEverythingBeforeTheFirstUpdate) {
  Store store;
  EXPECT_FALSE(Question().Peer("DE").Ask(*store.current()).permit);
}

TEST(StoreTest, ABadUpdateKeepsTheLastGoodPolicy) {
  Store store;
  EXPECT_THAT(store.Update({Minimal()}), IsEmpty());
  auto good = store.current();
  EXPECT_THAT(store.Update({{"p.yaml", "kind: ["}}), Not(IsEmpty()));
  EXPECT_EQ(store.current(), good);
  EXPECT_TRUE(store.stale());
  EXPECT_THAT(store.Update({Minimal()}), IsEmpty());
  EXPECT_FALSE(store.stale());
}

TEST(StoreTest, AProgramInUseOutlivesItsReplacement) {
  Store store;
  store.Update({Minimal()});
  auto held = store.current();
  store.Update({});
  EXPECT_TRUE(Question().Peer("DE").Ask(*held).permit);
  EXPECT_FALSE(Question().Peer("DE").Ask(*store.current()).permit);
}

}  // namespace
}  // namespace herald::policy
