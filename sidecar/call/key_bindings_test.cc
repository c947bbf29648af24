// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/key_bindings.h"

#include <gtest/gtest.h>

namespace herald::call {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Time kStart{seconds(1000)};

TEST(KeyBindingsTest, AKeyKeepsItsPeerAndItsFirstAttempt) {
  KeyBindings bindings;
  bindings.Bind("a", "k", "p", kStart);
  bindings.Bind("a", "k", "p", kStart + seconds(5));
  ASSERT_NE(bindings.Find("a", "k", kStart), nullptr);
  EXPECT_EQ(bindings.Find("a", "k", kStart)->peer, "p");
  EXPECT_EQ(bindings.Find("a", "k", kStart)->first, kStart);
  EXPECT_EQ(bindings.Find("b", "k", kStart), nullptr);
}

TEST(KeyBindingsTest, AKeyThatMovedIsBoundAnew) {
  KeyBindings bindings;
  bindings.Bind("a", "k", "p", kStart);
  bindings.Bind("a", "k", "q", kStart + seconds(5));
  EXPECT_EQ(bindings.Find("a", "k", kStart)->peer, "q");
  EXPECT_EQ(bindings.Find("a", "k", kStart)->first, kStart + seconds(5));
  EXPECT_EQ(bindings.size(), 1u);
}

TEST(KeyBindingsTest, WhatIsReleasedMayGoAnywhere) {
  KeyBindings bindings;
  bindings.Bind("a", "k", "p", kStart);
  bindings.Release("a", "k");
  bindings.Release("a", "k");
  EXPECT_EQ(bindings.Find("a", "k", kStart), nullptr);
}

TEST(KeyBindingsTest, AKeyIsForgottenAfterTenMinutes) {
  KeyBindings bindings;
  bindings.Bind("a", "k", "p", kStart);
  EXPECT_NE(bindings.Find("a", "k", kStart + minutes(10) - Duration(1)),
            nullptr);
  EXPECT_EQ(bindings.Find("a", "k", kStart + minutes(10)), nullptr);
}

TEST(KeyBindingsTest, TenThousandKeysAreKept) {
  KeyBindings bindings;
  for (int i = 0; i < 10'001; ++i) {
    bindings.Bind("a", std::to_string(i), "p", kStart);
  }
  EXPECT_EQ(bindings.size(), 10'000u);
  EXPECT_EQ(bindings.Find("a", "0", kStart), nullptr);
  EXPECT_NE(bindings.Find("a", "1", kStart), nullptr);
}

}  // namespace
}  // namespace herald::call
