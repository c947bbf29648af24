// SPDX-License-Identifier: Apache-2.0
//
// The compiled evaluator against the definition, and the six laws of the
// language, on random policies. HERALD_SEED repeats a run, HERALD_CASES makes
// it longer.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/load.h"
#include "policy/parse.h"
#include "policy/random_policies.h"
#include "policy/reference/evaluate.h"

namespace herald::policy {
namespace {

constexpr uint64_t kCasesOfAProgram = 50;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

// A random program, its plain values and how it was asked to discharge.
struct Sample {
  std::string text;
  Discharge discharge;
  PolicySet set;
  std::shared_ptr<const Program> program;
};

Sample Draw(RandomPolicies& policies) {
  Sample sample;
  sample.text = policies.Text();
  Random& random = policies.random();
  using Retain = Discharge::Retain;
  sample.discharge = {random.Chance(0.7),
                      random.Chance(0.7) ? Retain::kAlways : Retain::kNobody,
                      true, random.Chance(0.7)};
  Loaded loaded = Load({{"random.yaml", sample.text}}, sample.discharge);
  EXPECT_NE(loaded.program, nullptr) << Render(loaded.issues) << sample.text;
  sample.program = loaded.program;
  yaml::Problems problems("random.yaml", sample.text);
  Parse(problems, 0, sample.set);
  return sample;
}

Decision Ask(const Program& program, const TestCase& question) {
  std::vector<Node> nodes = question.nodes();
  return Evaluate(program, question.call(), Path{nodes, question.keys_held_in});
}

// The policies of `text` once more, under other names and in the opposite
// order.
std::string TwinsOf(const std::string& text) {
  std::string twins;
  for (size_t at = 0; at < text.size();) {
    size_t next = std::min(text.find("---\n", at + 1), text.size());
    std::string object = text.substr(at, next - at);
    if (object.find("RoutingPolicy") != std::string::npos) {
      object.insert(object.find("{name: p") + 7, "twin-");
      twins = object + twins;
    }
    at = next;
  }
  return twins;
}

// A law: what was denied is not permitted after `change`.
class LawTest : public ::testing::Test {
 protected:
  template <typename Change>
  void NeverTurnsDenyIntoPermit(Change change) {
    uint64_t seed = FromEnvironment("HERALD_SEED", 7);
    std::cout << "HERALD_SEED=" << seed << "\n";
    RandomPolicies policies(seed);
    uint64_t programs = FromEnvironment("HERALD_CASES", 10000) / 50;
    uint64_t permits = 0;
    for (uint64_t i = 0; i < programs && !HasFailure(); ++i) {
      Sample sample = Draw(policies);
      for (uint64_t j = 0; j < kCasesOfAProgram; ++j) {
        TestCase before = policies.Question();
        bool permitted = Ask(*sample.program, before).allowed();
        permits += permitted;
        TestCase after = before;
        std::shared_ptr<const Program> program = sample.program;
        change(policies, sample, after, program);
        bool then = Ask(*program, after).allowed();
        ASSERT_TRUE(permitted || !then)
            << sample.text << "\ncase " << i << "." << j;
      }
    }
    EXPECT_GT(permits, programs);  // the law is not kept by denying all
  }
};

using ProgramPtr = std::shared_ptr<const Program>;

TEST_F(LawTest, OrderAndDuplicatesDoNotMatter) {
  RandomPolicies policies(FromEnvironment("HERALD_SEED", 7));
  for (int i = 0; i < 200; ++i) {
    Sample sample = Draw(policies);
    std::string twins = TwinsOf(sample.text);
    Loaded loaded = Load({{"twin.yaml", twins}, {"random.yaml", sample.text}},
                         sample.discharge);
    ASSERT_NE(loaded.program, nullptr) << Render(loaded.issues);
    for (int j = 0; j < 50; ++j) {
      TestCase question = policies.Question();
      ASSERT_EQ(Ask(*sample.program, question).verdict,
                Ask(*loaded.program, question).verdict)
          << sample.text;
    }
  }
}

TEST_F(LawTest, AFurtherLabelNeverHelps) {
  NeverTurnsDenyIntoPermit([](RandomPolicies& policies, const Sample&,
                              TestCase& question, ProgramPtr&) {
    // No labels mean {unlabelled}; the law is about sets that are not empty.
    if (!question.labels.empty()) question.labels.push_back(policies.Label());
  });
}

TEST_F(LawTest, AFurtherRelayNeverHelps) {
  NeverTurnsDenyIntoPermit([](RandomPolicies& policies, const Sample&,
                              TestCase& question, ProgramPtr&) {
    auto at = question.path.begin() +
              static_cast<std::ptrdiff_t>(
                  policies.random().Below(question.path.size()));
    question.path.insert(at, policies.Relay());
  });
}

TEST_F(LawTest, LosingAFactNeverHelps) {
  NeverTurnsDenyIntoPermit([](RandomPolicies& policies, const Sample&,
                              TestCase& question,
                              ProgramPtr&) { policies.LoseAFact(question); });
}

TEST_F(LawTest, AFurtherForbidNeverHelps) {
  NeverTurnsDenyIntoPermit([](RandomPolicies& policies, const Sample& sample,
                              TestCase&, ProgramPtr& program) {
    if (sample.program->has_policies() && policies.random().Chance(0.1)) {
      program = Load({{"f.yaml", sample.text + policies.ForbidText()}},
                     sample.discharge)
                    .program;
      ASSERT_NE(program, nullptr);
    }
  });
}

TEST_F(LawTest, LosingAnEndorsementNeverHelps) {
  NeverTurnsDenyIntoPermit(
      [](RandomPolicies&, const Sample&, TestCase& question, ProgramPtr&) {
        if (!question.endorsements.empty()) question.endorsements.pop_back();
      });
}

// What both evaluators say, as one comparable text.
std::string Show(bool permit, const std::set<std::string>& rules,
                 const std::set<std::string>& unpermitted,
                 const Obligations& obligations) {
  std::string out = permit ? "Permit" : "Deny";
  for (const std::string& rule : rules) out += " " + rule;
  for (const std::string& label : unpermitted) out += " -" + label;
  return out + " {" + ToString(obligations) + "}";
}

std::string Show(const Decision& decision) {
  return Show(decision.verdict == Verdict::kPermit,
              {decision.rules.begin(), decision.rules.end()},
              {decision.unpermitted.begin(), decision.unpermitted.end()},
              decision.obligations);
}

std::string Show(const reference::Answer& answer) {
  return Show(answer.permit, answer.rules, answer.unpermitted,
              answer.obligations);
}

TEST(DifferentialTest, TheCompiledEvaluatorIsTheDefinition) {
  uint64_t seed = FromEnvironment("HERALD_SEED", 1);
  uint64_t programs =
      FromEnvironment("HERALD_CASES", 100000) / kCasesOfAProgram;
  std::cout << "HERALD_SEED=" << seed << "\n";
  RandomPolicies policies(seed);
  uint64_t permits = 0;
  for (uint64_t i = 0; i < programs; ++i) {
    Sample sample = Draw(policies);
    for (uint64_t j = 0; j < kCasesOfAProgram; ++j) {
      TestCase question = policies.Question();
      std::vector<Node> nodes = question.nodes();
      Path path{nodes, question.keys_held_in};
      bool shadow = policies.random().Chance(0.3);
      Decision decision =
          shadow ? EvaluateShadow(*sample.program, question.call(), path)
                 : Evaluate(*sample.program, question.call(), path);
      permits += decision.verdict == Verdict::kPermit;
      ASSERT_EQ(Show(decision),
                Show(reference::Evaluate(sample.set, sample.discharge,
                                         question.call(), path, shadow)))
          << sample.text << "\ncase " << i << "." << j;
      if (!shadow) {
        ASSERT_EQ(decision.allowed(),
                  FailedAtoms(*sample.program, question.call(), path).empty());
      }
    }
  }
  std::cout << programs * kCasesOfAProgram << " cases, " << permits
            << " permits\n";
  EXPECT_GT(permits, programs);
}

}  // namespace
}  // namespace herald::policy
