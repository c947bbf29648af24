// SPDX-License-Identifier: Apache-2.0
#include "core/base/shared.h"

#include <gtest/gtest.h>

#include <memory>

namespace herald {
namespace {

using Text = Shared<std::string>;
using List = Shared<std::vector<std::string>>;

TEST(SharedTest, ReadsLikeTheValueItself) {
  const Text text = "fra";
  const std::string& same = text;
  EXPECT_EQ(same, "fra");
  EXPECT_EQ(text, "fra");
  EXPECT_EQ(text->size(), 3u);
  EXPECT_EQ(std::string_view(text), "fra");
  List list = {"a", "b"};
  std::string joined;
  for (const std::string& one : list) joined += one;
  EXPECT_EQ(joined, "ab");
  EXPECT_EQ(list[1], "b");
}

TEST(SharedTest, IsEightBytesAndCopiesNothing) {
  static_assert(sizeof(List) == sizeof(void*));
  List list = {"a"};
  List other = list;
  EXPECT_EQ(&*list, &*other);
  EXPECT_FALSE(list.alone());
  other = List();
  EXPECT_TRUE(list.alone());
}

TEST(SharedTest, IsComparedByValue) {
  EXPECT_EQ(Text("a"), Text("a"));
  EXPECT_FALSE(Text("a") == Text("b"));
  EXPECT_EQ(Text(""), Text());
  EXPECT_EQ(Text("a"), std::string("a"));
}

TEST(SharedTest, AnEditIsSeenByNobodyElse) {
  List list = {"a"};
  const List before = list;
  list.Edit().push_back("b");
  EXPECT_EQ(before.size(), 1u);
  EXPECT_EQ(list.size(), 2u);
  const std::string* place = &list[0];
  list.Edit()[0] = "c";  // held by none but us: changed where it stands
  EXPECT_EQ(&list[0], place);
}

TEST(SharedTest, EditingNothingLeavesTheDefaultAlone) {
  List list;
  list.Edit().push_back("a");
  EXPECT_TRUE(List().empty());
}

TEST(SharedTest, TheLastHolderFreesIt) {
  auto told = std::make_shared<int>(7);
  Shared<std::shared_ptr<int>> one = told;
  {
    Shared<std::shared_ptr<int>> two = one;
    one = {};
    EXPECT_EQ(told.use_count(), 2);
  }
  EXPECT_EQ(told.use_count(), 1);
}

}  // namespace
}  // namespace herald
