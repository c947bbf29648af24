// SPDX-License-Identifier: Apache-2.0
//
// Parse(Print(p)) = p for random policies.
#include <string>

#include "gtest/gtest.h"
#include "policy/load.h"
#include "policy/print.h"
#include "policy/random_policies.h"

namespace herald::policy {
namespace {

// A rewritten text has its maps elsewhere; what they say is the same.
void ForgetPlaces(PolicySet& set) {
  auto forget = [](std::optional<NodeTest>& test) {
    if (test) test->at = {};
  };
  for (Policy& policy : set.policies) {
    for (Rule& rule : policy.rules) {
      if (!rule.where) continue;
      rule.where->at = {};
      forget(rule.where->process);
      forget(rule.where->transit);
      forget(rule.where->any_node);
      forget(rule.where->any_process);
    }
  }
  for (LabelSchema& schema : set.schemas) {
    for (LabelFloor& floor : schema.floors) floor.at = {};
  }
}

TEST(PrintRandomTest, WhatIsPrintedReadsBackAsTheSame) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    RandomPolicies random(seed);
    std::string text = random.Text();
    Reading first = Read({{"a.yaml", text}});
    ASSERT_FALSE(HasErrors(first.issues)) << Render(first.issues) << text;
    std::string printed = Print(first.set);
    Reading second = Read({{"b.yaml", printed}});
    ASSERT_FALSE(HasErrors(second.issues)) << Render(second.issues) << printed;
    ForgetPlaces(first.set);
    ForgetPlaces(second.set);
    ASSERT_EQ(first.set, second.set) << "seed " << seed << "\n"
                                     << text << "\n--> " << printed;
    ASSERT_EQ(Print(second.set), printed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace herald::policy
