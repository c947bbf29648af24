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
void ExpectSame(const Preference& a, const Preference& b) {
  EXPECT_EQ(a.handicap, b.handicap);
  EXPECT_EQ(a.max_rtt, b.max_rtt);
  EXPECT_EQ(a.max_predicted_ttfb, b.max_predicted_ttfb);
  EXPECT_EQ(a.affinity, b.affinity);
  EXPECT_EQ(a.cost, b.cost);
  EXPECT_EQ(ValueOf(a.near), ValueOf(b.near));
  EXPECT_EQ(a.weights != nullptr, b.weights != nullptr);
}

// check(mine, other, question) for many questions of random programs, where
// `other` comes of the same texts after change(texts).
template <typename Change, typename Check>
void Compare(uint64_t seed, Change change, Check check) {
  uint64_t last = 0;
  std::shared_ptr<const Program> other;
  RunSamples(seed, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (sample.number != last) {
      other = Load(change(sample.texts), sample.discharge).program;
    }
    last = sample.number;
    ASSERT_NE(other, nullptr) << Joined(sample.texts);
    check(*sample.program, *other, policies.Question());
    ASSERT_FALSE(testing::Test::HasFailure()) << Joined(sample.texts);
  });
}

TEST(PreferenceRandomTest, WhatIsPreferredChangesNoVerdict) {
  auto change = [](const std::vector<SourceText>& texts) {
    return WithKeys(texts, "maxRtt: 1ms");
  };
  Compare(11, change,
          [](const Program& mine, const Program& other, const TestCase& asked) {
            const std::vector<Node> nodes = asked.nodes();
            const Path path{nodes, asked.keys_held_in};
            const Decision a = Evaluate(mine, asked.call(), path);
            const Decision b = Evaluate(other, asked.call(), path);
            EXPECT_EQ(a.allowed(), b.allowed());
            EXPECT_EQ(a.obligations, b.obligations);
          });
}

TEST(PreferenceRandomTest, TheOrderInWhichTheyAreWrittenIsNothing) {
  uint64_t said = 0;
  Compare(
      12, TurnedRound,
      [&](const Program& mine, const Program& other, const TestCase& asked) {
        const Preference a = PreferenceFor(mine, asked.call());
        said += a.max_rtt.has_value();
        ExpectSame(a, PreferenceFor(other, asked.call()));
      });
  EXPECT_GT(said, 0u);  // the promise is not kept by saying nothing
}

TEST(PreferenceRandomTest, OneMoreBoundNeverWidensAnother) {
  auto change = [](std::vector<SourceText> texts) {
    texts[0].text +=
        "---\napiVersion: herald.dev/v1alpha1\nkind: ClusterRoutingPolicy\n"
        "metadata: {name: more}\nspec:\n  rules:\n"
        "  - {id: f, effect: Prefer, prefer: {maxRtt: 150ms, "
        "maxPredictedTtfb: 150s}}\n";
    return texts;
  };
  auto least = [](std::optional<Duration> bound, Duration more) {
    return bound ? std::min(*bound, more) : more;
  };
  uint64_t tightened = 0;
  Compare(
      13, change,
      [&](const Program& mine, const Program& other, const TestCase& asked) {
        const Preference a = PreferenceFor(mine, asked.call());
        const Preference b = PreferenceFor(other, asked.call());
        EXPECT_EQ(b.max_rtt, least(a.max_rtt, std::chrono::milliseconds(150)));
        EXPECT_EQ(b.max_predicted_ttfb,
                  least(a.max_predicted_ttfb, std::chrono::seconds(150)));
        tightened += a.max_rtt && *b.max_rtt < *a.max_rtt;
      });
  EXPECT_GT(tightened, 0u);
}

}  // namespace
}  // namespace herald::policy
