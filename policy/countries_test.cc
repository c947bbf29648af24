// SPDX-License-Identifier: Apache-2.0
#include "policy/countries.h"

#include "gtest/gtest.h"

namespace herald::policy {
namespace {

bool Assigned(const char* code) { return IsAssigned(*Country::Parse(code)); }

TEST(CountriesTest, KnowsTheAssignedCodesAndNoOthers) {
  for (const char* code : {"AD", "DE", "NO", "TW", "ZW", "AX", "GB"}) {
    EXPECT_TRUE(Assigned(code)) << code;
  }
  for (const char* code : {"AA", "EU", "UK", "XK", "XX", "ZZ", "AN"}) {
    EXPECT_FALSE(Assigned(code)) << code;
  }
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      count += Assigned((std::string{a, b}).c_str());
    }
  }
  EXPECT_EQ(count, 249);  // ISO 3166-1 as of 2026
}

}  // namespace
}  // namespace herald::policy
