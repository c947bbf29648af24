// SPDX-License-Identifier: Apache-2.0
//
// Parse(Print(p)) = p for random policies.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/load.h"
#include "policy/print.h"
#include "policy/random_policies.h"
#include "policy/random_runs_testing.h"

namespace herald::policy {
namespace {

// A rewritten text has its maps elsewhere; what they say is the same.
void ForgetPlaces(std::vector<Rule>& rules) {
  auto forget = [](std::optional<NodeTest>& test) {
    if (test) test->at = {};
  };
  for (Rule& rule : rules) {
    if (!rule.where) continue;
    rule.where->at = {};
    forget(rule.where->process);
    forget(rule.where->transit);
    forget(rule.where->any_node);
    forget(rule.where->any_process);
  }
}

void ForgetPlaces(PolicySet& set) {
  for (Policy& policy : set.policies) ForgetPlaces(policy.rules);
  for (Override& override : set.overrides) ForgetPlaces(override.rules);
  for (LabelSchema& schema : set.schemas) {
    for (LabelFloor& floor : schema.floors) floor.at = {};
  }
}

// Overrides stand in files of their own.
std::vector<SourceText> Printed(const PolicySet& set) {
  std::vector<SourceText> texts = {{"policies.yaml", Print(set)}};
  for (const Override& override : set.overrides) {
    texts.push_back({override.name.text + ".yaml", Print(override)});
  }
  return texts;
}

std::string Joined(const std::vector<SourceText>& texts) {
  std::string all;
  for (const SourceText& text : texts) all += "\n# " + text.name + text.text;
  return all;
}

TEST(PrintRandomTest, WhatIsPrintedReadsBackAsTheSame) {
  uint64_t last = 0;
  RunSamples(5, 25000, [&](RandomPolicies&, const Sample& sample) {
    if (sample.number == last) return;
    last = sample.number;
    PolicySet first = sample.set;
    std::vector<SourceText> printed = Printed(first);
    Reading second = Read(printed);
    ASSERT_FALSE(HasErrors(second.issues))
        << Render(second.issues) << Joined(printed);
    ASSERT_EQ(Joined(Printed(second.set)), Joined(printed));
    ForgetPlaces(first);
    ForgetPlaces(second.set);
    ASSERT_EQ(first, second.set)
        << Joined(sample.texts) << "\n--> " << Joined(printed);
  });
}

}  // namespace
}  // namespace herald::policy
