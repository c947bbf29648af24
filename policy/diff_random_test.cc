// SPDX-License-Identifier: Apache-2.0
//
// What random questions see of a random change, diff sees.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/diff.h"
#include "policy/evaluate.h"
#include "policy/print_case.h"
#include "policy/random_policies.h"

namespace herald::policy {
namespace {

struct Side {
  explicit Side(std::vector<SourceText> from)
      : texts(std::move(from)), reading(Read(texts)) {
    if (HasErrors(reading.issues)) return;
    program = CompileReading(reading, texts, kAsASidecar);
  }
  Judgement judgement() const { return {&reading, program.get()}; }

  std::vector<SourceText> texts;
  Reading reading;
  std::shared_ptr<const Program> program;
};

bool IsPermitted(const Program& program, const TestCase& question) {
  std::vector<Node> nodes = question.nodes();
  return Evaluate(program, question.call(), {nodes, question.keys_held_in})
      .allowed();
}

// The questions that classes promise to stand for.
TestCase QuestionWithin(RandomPolicies& random) {
  TestCase question = random.Question();
  if (question.path.size() > 2) {
    question.path.erase(question.path.begin(), question.path.end() - 2);
  }
  if (question.labels.size() > 2) question.labels.resize(2);
  if (question.endorsements.size() > 2) question.endorsements.resize(2);
  return question;
}

TEST(DiffRandomTest, NoFlipThatAQuestionFindsIsMissing) {
  size_t flips = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomPolicies random(seed);
    Side before(random.Texts());
    std::vector<SourceText> texts = before.texts;
    texts.push_back({"more.yaml", random.ForbidText()});
    Side after(texts);
    ASSERT_TRUE(before.program && after.program) << seed;
    PolicyDiff diff = Diff(before.judgement(), after.judgement());
    // A further Forbid permits nothing, but beside no policy at all.
    if (before.program->has_policies()) {
      EXPECT_EQ(diff.newly_permitted, 0u) << seed;
    }
    for (const Flip& flip : diff.flips) {
      EXPECT_TRUE(Flips(*before.program, *after.program, flip.witness))
          << seed << "\n"
          << PrintCase(flip.witness, "");
    }
    for (int i = 0; i < 500; ++i) {
      TestCase question = QuestionWithin(random);
      if (!Flips(*before.program, *after.program, question)) continue;
      ++flips;
      bool opens = IsPermitted(*after.program, question);
      EXPECT_GT(opens ? diff.newly_permitted : diff.newly_denied, 0u)
          << seed << "\n"
          << PrintCase(question, "");
    }
  }
  EXPECT_GT(flips, 20u) << "the questions must find something";
}

}  // namespace
}  // namespace herald::policy
