// SPDX-License-Identifier: Apache-2.0
//
// The six laws of the language, on random policies with all they may have:
// floors, claims, windows, shadows. A law says what never turns a refusal into
// a permission. HERALD_SEED repeats a run, HERALD_CASES makes it longer.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "policy/case_text.h"
#include "policy/evaluate.h"
#include "policy/random_policies.h"
#include "policy/random_runs_testing.h"

namespace herald::policy {
namespace {

constexpr uint64_t kCases = 10000;

Decision Ask(const Program& program, const TestCase& question) {
  std::vector<Node> nodes = question.nodes();
  return Evaluate(program, question.call(), Path{nodes, question.keys_held_in});
}

std::string Show(const Sample& sample, const TestCase& question) {
  std::string out;
  for (const SourceText& text : sample.texts) out += "\n" + text.text;
  return out + CaseText(question, {"policies.yaml"});
}

// What was denied is not permitted after `change`, which may also put another
// program in the place of the sample's.
using Change = std::function<void(RandomPolicies&, const Sample&, TestCase&,
                                  std::shared_ptr<const Program>&)>;

void NeverTurnsDenyIntoPermit(const Change& change) {
  uint64_t permits = 0;
  uint64_t cases =
      RunSamples(7, kCases, [&](RandomPolicies& policies, const Sample& s) {
        TestCase before = policies.Question();
        bool permitted = Ask(*s.program, before).allowed();
        permits += permitted;
        TestCase after = before;
        std::shared_ptr<const Program> program = s.program;
        change(policies, s, after, program);
        ASSERT_NE(program, nullptr) << Show(s, before);
        bool then = Ask(*program, after).allowed();
        ASSERT_TRUE(permitted || !then) << Show(s, before) << "\nand then\n"
                                        << CaseText(after, {"policies.yaml"});
      });
  EXPECT_GT(permits, cases / 50);  // the law is not kept by denying all
}

// The objects of a text.
std::vector<std::string> ObjectsOf(const std::string& text) {
  std::vector<std::string> objects;
  for (size_t at = 0; at < text.size();) {
    size_t next = std::min(text.find("---\n", at + 1), text.size());
    objects.push_back(text.substr(at, next - at));
    at = next;
  }
  return objects;
}

// Two policies may bear one name, in two namespaces.
std::set<std::string_view> RulesOf(const Decision& decision) {
  return {decision.rules.begin(), decision.rules.end()};
}

TEST(LawsTest, OrderDoesNotMatter) {
  std::shared_ptr<const Program> shuffled;
  uint64_t of = 0;
  RunSamples(8, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (of != sample.number) {
      of = sample.number;
      std::vector<SourceText> texts(sample.texts.rbegin(),
                                    sample.texts.rend() - 1);
      std::vector<std::string> objects = ObjectsOf(sample.texts[0].text);
      for (size_t i = objects.size(); i-- > 0;) {
        texts.push_back({std::to_string(i) + ".yaml", objects[i]});
      }
      Loaded loaded = Load(texts, sample.discharge);
      ASSERT_NE(loaded.program, nullptr) << Render(loaded.issues);
      shuffled = std::move(loaded.program);
    }
    TestCase question = policies.Question();
    Decision one = Ask(*sample.program, question);
    Decision other = Ask(*shuffled, question);
    ASSERT_EQ(one.verdict, other.verdict) << Show(sample, question);
    ASSERT_EQ(one.code, other.code) << Show(sample, question);
    ASSERT_EQ(RulesOf(one), RulesOf(other)) << Show(sample, question);
    ASSERT_EQ(one.obligations, other.obligations) << Show(sample, question);
  });
}

// Each rule once more under another id. Overrides are left out: they lift by
// name, and the twin has another.
std::string WithTwins(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at) + 1;
    std::string line = text.substr(at, end - at);
    out += line;
    if (size_t id = line.find("{id: "); id != std::string::npos) {
      out += line.insert(id + 5, "twin-");
    }
    at = end;
  }
  return out;
}

TEST(LawsTest, SayingItTwiceDoesNotMatter) {
  std::shared_ptr<const Program> once, twice;
  uint64_t of = 0;
  RunSamples(9, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (of != sample.number) {
      of = sample.number;
      const std::string& text = sample.texts[0].text;
      once = Load({{"p.yaml", text}}, sample.discharge).program;
      twice = Load({{"p.yaml", WithTwins(text)}}, sample.discharge).program;
      ASSERT_NE(twice, nullptr) << WithTwins(text);
    }
    TestCase question = policies.Question();
    Decision one = Ask(*once, question);
    Decision other = Ask(*twice, question);
    ASSERT_EQ(one.verdict, other.verdict) << Show(sample, question);
    ASSERT_EQ(one.code, other.code) << Show(sample, question);
    ASSERT_EQ(one.unpermitted, other.unpermitted) << Show(sample, question);
    ASSERT_EQ(one.obligations, other.obligations) << Show(sample, question);
  });
}

TEST(LawsTest, AFurtherLabelNeverHelps) {
  NeverTurnsDenyIntoPermit(
      [](RandomPolicies& policies, const Sample&, TestCase& question, auto&) {
        // No labels mean {unlabelled}; the law is about sets that are not
        // empty.
        if (!question.labels.empty())
          question.labels.push_back(policies.Label());
      });
}

TEST(LawsTest, AFurtherRelayNeverHelps) {
  NeverTurnsDenyIntoPermit(
      [](RandomPolicies& policies, const Sample&, TestCase& question, auto&) {
        auto at = static_cast<std::ptrdiff_t>(
            policies.random().Below(question.path.size()));
        question.path.insert(question.path.begin() + at, policies.Relay());
      });
}

TEST(LawsTest, LosingAFactNeverHelps) {
  NeverTurnsDenyIntoPermit([](RandomPolicies& policies, const Sample&,
                              TestCase& question,
                              auto&) { policies.LoseAFact(question); });
}

TEST(LawsTest, AFurtherForbidNeverHelps) {
  NeverTurnsDenyIntoPermit([](RandomPolicies& policies, const Sample& sample,
                              TestCase&,
                              std::shared_ptr<const Program>& program) {
    // Where there is no policy, a Forbid is the first one.
    if (!program->has_policies() || policies.random().Chance(0.8)) return;
    std::vector<SourceText> texts = sample.texts;
    texts.push_back({"more.yaml", policies.ForbidText()});
    program = Load(texts, sample.discharge).program;
  });
}

TEST(LawsTest, LosingAnEndorsementNeverHelps) {
  NeverTurnsDenyIntoPermit(
      [](RandomPolicies&, const Sample&, TestCase& question, auto&) {
        if (!question.endorsements.empty()) question.endorsements.pop_back();
      });
}

// Observe spares a refusal, an Override lifts a Forbid: outside their windows
// nothing is permitted that is not permitted without them.
TEST(LawsTest, AClosedWindowIsNone) {
  std::shared_ptr<const Program> plain;
  uint64_t of = 0;
  RunSamples(10, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    if (of != sample.number) {
      of = sample.number;
      plain = Load({sample.texts[0]}, sample.discharge).program;
    }
    TestCase question = policies.Question();
    question.at.reset();
    ASSERT_EQ(Ask(*sample.program, question).allowed(),
              Ask(*plain, question).allowed())
        << Show(sample, question);
    ASSERT_FALSE(Ask(*sample.program, question).observed);
  });
}

// A call that only an observed namespace lets through says so, and no Forbid of
// a cluster policy is among what it was spared.
TEST(LawsTest, ObserveNeverSparesAClusterForbid) {
  uint64_t observed = 0;
  RunSamples(11, kCases, [&](RandomPolicies& policies, const Sample& sample) {
    TestCase question = policies.Question();
    Decision decision = Ask(*sample.program, question);
    if (!decision.observed) return;
    ++observed;
    ASSERT_GE(decision.obligations.audit, Obligations::Audit::kDigest);
    for (const Policy& policy : sample.set.policies) {
      if (!policy.cluster) continue;
      for (const Rule& rule : policy.rules) {
        std::string name = policy.name.text + "/" + rule.id.text;
        bool spared =
            rule.effect == Effect::kForbid &&
            std::count(decision.rules.begin(), decision.rules.end(), name) > 0;
        // A namespaced rule may bear the same name.
        bool twins =
            std::count_if(sample.set.policies.begin(),
                          sample.set.policies.end(), [&](const Policy& other) {
                            return other.name.text == policy.name.text;
                          }) > 1;
        ASSERT_TRUE(!spared || twins) << Show(sample, question);
      }
    }
  });
  EXPECT_GT(observed, kCases / 1000);
}

}  // namespace
}  // namespace herald::policy
