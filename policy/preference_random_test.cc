// SPDX-License-Identifier: Apache-2.0
//
// What holds of preferences whatever they are, on random policies.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/evaluate.h"
#include "policy/preference.h"
#include "policy/random_policies.h"
#include "policy/random_runs_testing.h"

namespace herald::policy {
namespace {

constexpr uint64_t kCases = 10000;
constexpr char kKeys[] = "prefer: {";

std::string Joined(const std::vector<SourceText>& texts) {
  std::string all;
  for (const SourceText& text : texts) all += "\n" + text.text;
  return all;
}

// The same with `keys` in the place of what each Prefer says. A rule is a line.
std::vector<SourceText> WithKeys(std::vector<SourceText> texts,
                                 const std::string& keys) {
  for (SourceText& source : texts) {
    std::string& text = source.text;
    for (size_t at = text.find(kKeys); at != std::string::npos;
         at = text.find(kKeys, at + 1)) {
      text.replace(at, text.find('\n', at) - at, kKeys + keys + "}}");
    }
  }
  return texts;
}

// The objects of each text from the last to the first.
std::vector<SourceText> TurnedRound(std::vector<SourceText> texts) {
  for (SourceText& source : texts) {
    std::string turned;
    for (size_t end = source.text.size(); end > 0;) {
      const size_t at = source.text.rfind("---\n", end - 1);
      turned += source.text.substr(at, end - at);
      end = at;
    }
    source.text = std::move(turned);
  }
  return texts;
}

std::optional<PreferKeys::Near> ValueOf(const PreferKeys::Near* near) {
  if (near == nullptr) return std::nullopt;
  return *near;
}

// What `near` and `weights` point at is a program's own.
void ExpectSame(const Preference& a, const Preference& b,
                const std::string& why) {
  EXPECT_EQ(a.handicap, b.handicap) << why;
  EXPECT_EQ(a.max_rtt, b.max_rtt) << why;
  EXPECT_EQ(a.max_predicted_ttfb, b.max_predicted_ttfb) << why;
  EXPECT_EQ(a.affinity, b.affinity) << why;
  EXPECT_EQ(a.cost, b.cost) << why;
  EXPECT_EQ(ValueOf(a.near), ValueOf(b.near)) << why;
  EXPECT_EQ(a.weights != nullptr, b.weights != nullptr) << why;
}

TEST(PreferenceRandomTest, WhatIsPreferredChangesNoVerdict) {
  uint64_t last = 0;
  std::shared_ptr<const Program> other;
  RunSamples(11, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (sample.number != last) {
      other =
          Load(WithKeys(sample.texts, "maxRtt: 1ms"), sample.discharge).program;
    }
    last = sample.number;
    ASSERT_NE(other, nullptr) << Joined(sample.texts);
    const TestCase question = policies.Question();
    const std::vector<Node> nodes = question.nodes();
    const Path path{nodes, question.keys_held_in};
    const Decision a = Evaluate(*sample.program, question.call(), path);
    const Decision b = Evaluate(*other, question.call(), path);
    ASSERT_EQ(a.allowed(), b.allowed()) << Joined(sample.texts);
    ASSERT_EQ(a.obligations, b.obligations) << Joined(sample.texts);
  });
}

TEST(PreferenceRandomTest, TheOrderInWhichTheyAreWrittenIsNothing) {
  uint64_t last = 0;
  uint64_t said = 0;
  std::shared_ptr<const Program> other;
  RunSamples(12, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (sample.number != last) {
      other = Load(TurnedRound(sample.texts), sample.discharge).program;
    }
    last = sample.number;
    ASSERT_NE(other, nullptr) << Joined(sample.texts);
    const TestCase question = policies.Question();
    const Preference mine = PreferenceFor(*sample.program, question.call());
    said += mine.max_rtt.has_value();
    ExpectSame(mine, PreferenceFor(*other, question.call()),
               Joined(sample.texts));
    ASSERT_FALSE(testing::Test::HasFailure());
  });
  EXPECT_GT(said, 0u);  // the promise is not kept by saying nothing
}

TEST(PreferenceRandomTest, OneMoreBoundNeverWidensAnother) {
  uint64_t last = 0;
  uint64_t tightened = 0;
  std::shared_ptr<const Program> other;
  RunSamples(13, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (sample.number != last) {
      std::vector<SourceText> more = sample.texts;
      more[0].text +=
          "---\napiVersion: herald.dev/v1alpha1\nkind: ClusterRoutingPolicy\n"
          "metadata: {name: more}\nspec:\n  rules:\n"
          "  - {id: f, effect: Prefer, prefer: {maxRtt: 150ms, "
          "maxPredictedTtfb: 150s}}\n";
      other = Load(more, sample.discharge).program;
    }
    last = sample.number;
    ASSERT_NE(other, nullptr) << Joined(sample.texts);
    const TestCase question = policies.Question();
    const Preference before = PreferenceFor(*sample.program, question.call());
    const Preference after = PreferenceFor(*other, question.call());
    auto least = [](std::optional<Duration> bound, Duration more) {
      return bound ? std::min(*bound, more) : more;
    };
    ASSERT_EQ(after.max_rtt,
              least(before.max_rtt, std::chrono::milliseconds(150)));
    ASSERT_EQ(after.max_predicted_ttfb,
              least(before.max_predicted_ttfb, std::chrono::seconds(150)));
    tightened += before.max_rtt && *after.max_rtt < *before.max_rtt;
  });
  EXPECT_GT(tightened, 0u);
}

}  // namespace
}  // namespace herald::policy
