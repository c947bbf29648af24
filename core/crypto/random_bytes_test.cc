// SPDX-License-Identifier: Apache-2.0
#include "core/crypto/random_bytes.h"

#include <gtest/gtest.h>

#include <set>

namespace herald::crypto {
namespace {

TEST(RandomStockTest, GivesNothingTwice) {
  RandomStock stock;
  std::set<std::string> given;
  for (int i = 0; i < 1000; ++i) given.insert(stock.Take(16));
  EXPECT_EQ(given.size(), 1000u);
  EXPECT_EQ(given.begin()->size(), 16u);
}

TEST(RandomStockTest, DrawsAnewWhereTooLittleIsLeft) {
  RandomStock stock;
  const std::string first = stock.Take(500);
  const std::string second = stock.Take(500);
  EXPECT_EQ(second.size(), 500u);
  EXPECT_EQ(second.find(std::string(16, '\0')), std::string::npos);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace herald::crypto
