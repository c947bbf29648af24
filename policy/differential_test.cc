// SPDX-License-Identifier: Apache-2.0
//
// The compiled evaluator against the definition, on random policies and
// questions. HERALD_SEED repeats a run, HERALD_CASES makes it longer
// (scripts/differential runs ten million), HERALD_PROGRESS shows how far it is.
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "policy/case_text.h"
#include "policy/claims.h"
#include "policy/evaluate.h"
#include "policy/explain.h"
#include "policy/inquiry.h"
#include "policy/pattern.h"
#include "policy/random_policies.h"
#include "policy/random_runs_testing.h"
#include "policy/reference/evaluate.h"

namespace herald::policy {
namespace {

using reference::Answer;
using reference::Names;

// What both evaluators say, as one comparable text.
std::string Show(const Answer& answer) {
  std::string out = answer.permit ? "Permit " : "Deny ";
  out += answer.code;
  if (answer.observed) out += " observed";
  if (answer.cuts) out += " cuts";
  for (const std::string& rule : answer.rules) out += " " + rule;
  for (const std::string& label : answer.unpermitted) out += " -" + label;
  for (const std::string& one : answer.overrides) out += " by " + one;
  return out + " {" + ToString(answer.obligations) + "}";
}

std::string Show(const Decision& decision) {
  Answer answer;
  answer.permit = decision.verdict == Verdict::kPermit;
  answer.code = ToString(decision.code);
  answer.observed = decision.observed;
  answer.cuts = decision.cuts;
  answer.rules = {decision.rules.begin(), decision.rules.end()};
  answer.unpermitted = {decision.unpermitted.begin(),
                        decision.unpermitted.end()};
  answer.overrides = {decision.overrides.begin(), decision.overrides.end()};
  answer.obligations = decision.obligations;
  return Show(answer);
}

// One random case: a program, a question, and what the definition says.
class Case {
 public:
  Case(const Sample& sample, TestCase question)
      : sample_(sample),
        question_(std::move(question)),
        nodes_(question_.nodes()),
        enforced_(Define(false)) {}

  // Nodes and texts are views into this.
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  const Program& program() const { return *sample_.program; }
  Call call() const { return question_.call(); }
  Path path() const { return {nodes_, question_.keys_held_in}; }
  const Answer& enforced() const { return enforced_; }

  Answer Define(bool with_shadow) const {
    return reference::Evaluate(sample_.set, sample_.discharge, call(), path(),
                               with_shadow);
  }

  // For a failure: files that show it, ready for `herald policy test`.
  std::string Text() const {
    TestCase shown = question_;
    shown.expect.verdict = enforced_.permit ? Verdict::kPermit : Verdict::kDeny;
    shown.expect.rules.emplace(enforced_.rules.begin(), enforced_.rules.end());
    std::string out = "\n# discharge: meter " +
                      std::to_string(sample_.discharge.meter) + ", retain " +
                      std::to_string(int(sample_.discharge.retain)) +
                      ", notify " + std::to_string(sample_.discharge.notify) +
                      " (a PolicyTest discharges all)\n";
    std::vector<std::string> names;
    for (const SourceText& text : sample_.texts) {
      names.push_back(text.name);
      out += "# ---- " + text.name + "\n" + text.text;
    }
    return out + "# ---- random.test.yaml\n" + CaseText(shown, names);
  }

 private:
  const Sample& sample_;
  TestCase question_;
  std::vector<Node> nodes_;
  Answer enforced_;
};

void ExpectTheSameDecision(const Case& one) {
  Decision decision = Evaluate(one.program(), one.call(), one.path());
  ASSERT_EQ(Show(decision), Show(one.enforced())) << one.Text();
  ASSERT_EQ(decision.permit.has_value(), one.enforced().permit) << one.Text();
  if (decision.permit) {
    ASSERT_EQ(decision.permit->obligations(), one.enforced().obligations);
  }
}

void ExpectTheSameShadow(const Case& one) {
  ASSERT_EQ(Show(EvaluateShadow(one.program(), one.call(), one.path())),
            Show(one.Define(true)))
      << "with the shadow policies" << one.Text();
}

// What is sent on is what was judged: it is judged alike, and with what it
// implies it is the definition's labels.
void ExpectTheSameLabels(const Case& one) {
  std::vector<std::string> labels = WithFloors(one.program(), one.call());
  Call sent = one.call();
  sent.labels = labels;
  ASSERT_EQ(Show(Evaluate(one.program(), sent, one.path())),
            Show(one.enforced()))
      << "judged by what WithFloors says" << one.Text();
  if (one.enforced().labels.empty()) return;  // nothing was judged
  const LabelTable& table = one.program().labels();
  LabelBits bits = labels.empty() ? LabelBit(*table.Find(kUnlabelled)) : 0;
  Names judged;
  for (const std::string& label : labels) {
    judged.insert(label);
    if (auto known = table.Find(label)) bits |= LabelBit(*known);
  }
  bits = table.Closure(bits);
  for (int i = 0; i < table.size(); ++i) {
    if ((bits & LabelBit(i)) != 0) judged.insert(table.name(i));
  }
  ASSERT_EQ(judged, one.enforced().labels) << one.Text();
}

// A case's path as views of its nodes.
class Viewed {
 public:
  explicit Viewed(const Case& one) : keys_held_in_(one.path().keys_held_in) {
    views_.reserve(one.path().nodes.size());
    for (const Node& node : one.path().nodes) {
      views_.emplace_back(one.program(), *node.site);
      nodes_.push_back({node.relay, node.terminates, &views_.back()});
    }
  }
  ViewedPath path() const { return {nodes_, keys_held_in_}; }

 private:
  std::vector<NodeView> views_;
  std::vector<ViewedNode> nodes_;
  std::optional<Country> keys_held_in_;
};

// The fast verdict of one path is the definition's, views and all.
void ExpectTheSameInquiry(const Case& one) {
  Call call = one.call();
  Inquiry inquiry(one.program(), call);
  Viewed viewed(one);
  Inquiry::Answer answer = inquiry.Ask(viewed.path());
  ASSERT_EQ(answer.permitted(), one.enforced().permit) << one.Text();
  ASSERT_EQ(answer.observed, one.enforced().observed) << one.Text();
}

TEST(DifferentialTest, TheCompiledEvaluatorIsTheDefinition) {
  uint64_t permits = 0;
  uint64_t cases = RunSamples(
      1, 100000, [&](RandomPolicies& policies, const Sample& sample) {
        Case one(sample, policies.Question());
        permits += one.enforced().permit;
        ExpectTheSameDecision(one);
        ExpectTheSameInquiry(one);
        if (policies.random().Chance(0.3)) ExpectTheSameShadow(one);
        if (policies.random().Chance(0.3)) ExpectTheSameLabels(one);
      });
  std::cout << cases << " cases, " << permits << " permits\n";
  EXPECT_GT(permits, cases / 50);
}

// One Inquiry is asked about many paths, and none of them changes the next.
TEST(DifferentialTest, OneInquiryOverManyPathsIsTheDefinition) {
  RunSamples(6, 10000, [&](RandomPolicies& policies, const Sample& sample) {
    TestCase question = policies.Question();
    Call call = question.call();
    Inquiry inquiry(*sample.program, call);
    for (int i = 0; i < 4; ++i) {
      Case one(sample, question);
      Viewed viewed(one);
      ASSERT_EQ(inquiry.Ask(viewed.path()).permitted(), one.enforced().permit)
          << "path " << i << one.Text();
      TestCase other = policies.Question();
      question.path = other.path;
      question.keys_held_in = other.keys_held_in;
    }
  });
}

TEST(DifferentialTest, WhatIsExplainedIsWhatIsDecided) {
  RunSamples(2, 10000, [&](RandomPolicies& policies, const Sample& sample) {
    Case one(sample, policies.Question());
    Decision decision = Evaluate(one.program(), one.call(), one.path());
    bool clean = FailedAtoms(one.program(), one.call(), one.path()).empty();
    ASSERT_EQ(clean, decision.allowed() && !decision.observed) << one.Text();
  });
}

// Those that some schema declares, with an authority that the caller matches.
Names Counting(const PolicySet& set, const TestCase& question) {
  Names counting;
  for (const LabelSchema& schema : set.schemas) {
    for (const EndorsementDeclaration& one : schema.endorsements) {
      for (const Text& authority : one.authorities) {
        bool theirs = !question.caller.empty() &&
                      Pattern(authority.text).Matches(question.caller);
        if (theirs) counting.insert(one.name.text);
      }
    }
  }
  Names claimed(question.endorsements.begin(), question.endorsements.end());
  std::erase_if(counting,
                [&](const auto& name) { return claimed.count(name) == 0; });
  return counting;
}

TEST(DifferentialTest, EndorsementsCountFromTheirAuthorities) {
  RunSamples(3, 10000, [&](RandomPolicies& policies, const Sample& sample) {
    TestCase question = policies.Question();
    question.endorsements.push_back("unheard-of");
    Endorsements sorted = CountingEndorsements(*sample.program, question.caller,
                                               question.endorsements);
    const std::vector<std::string>& all = question.endorsements;
    ASSERT_EQ(Names(sorted.counting.begin(), sorted.counting.end()),
              Counting(sample.set, question))
        << question.caller << "\n"
        << sample.texts[0].text;
    ASSERT_EQ(sorted.counting.size() + sorted.dropped.size(), all.size());
  });
}

// Short enough to be read at one sitting, or it is no definition.
TEST(DifferentialTest, TheDefinitionFitsInThreeHundredLines) {
  size_t lines = 0;
  for (const char* name : {"evaluate.h", "evaluate.cc"}) {
    std::ifstream in("policy/reference/" + std::string(name));
    ASSERT_TRUE(in) << name;
    for (std::string line; std::getline(in, line);) {
      size_t at = line.find_first_not_of(' ');
      bool comment = at != std::string::npos && line.compare(at, 2, "//") == 0;
      if (at != std::string::npos && !comment) ++lines;
    }
  }
  EXPECT_GT(lines, 200u);
  EXPECT_LE(lines, 300u) << "that are neither blank nor comment";
}

TEST(DifferentialTest, AFailingCaseIsPrintedAsItIs) {
  RunSamples(4, 2000, [&](RandomPolicies& policies, const Sample&) {
    TestCase question = policies.Question();
    std::string text = CaseText(question, {"p.yaml"});
    yaml::Problems problems("case.yaml", text);
    std::vector<TestFile> files = ParseTests(problems);
    ASSERT_FALSE(problems.has_errors()) << Render(problems.issues()) << text;
    ASSERT_EQ(CaseText(files.at(0).cases.at(0), {"p.yaml"}), text);
  });
}

}  // namespace
}  // namespace herald::policy
