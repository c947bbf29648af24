// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/encoding.h"

#include <gtest/gtest.h>

namespace herald::etcd {
namespace {

TEST(EncodingTest, NumbersMayBeStrings) {
  const auto value = json::Parse(
      R"({"a":"9223372036854775807","b":7,"c":"7x","d":true,"e":"-3"})");
  const json::Object& object = value->get_object();
  EXPECT_EQ(NumberAt(object, "a"), INT64_MAX);
  EXPECT_EQ(NumberAt(object, "b"), 7);
  EXPECT_EQ(NumberAt(object, "c"), 0);
  EXPECT_EQ(NumberAt(object, "d"), 0);
  EXPECT_EQ(NumberAt(object, "e"), -3);
  EXPECT_EQ(NumberAt(object, "none"), 0);
}

TEST(EncodingTest, APrefixEndsWhereTheNextOneBegins) {
  EXPECT_EQ(EndOfPrefix("/herald/peers/"), "/herald/peers0");
  EXPECT_EQ(EndOfPrefix("a\xff\xff"), "b");
  EXPECT_EQ(EndOfPrefix("\xff"), std::string(1, '\0'));
}

}  // namespace
}  // namespace herald::etcd
