// SPDX-License-Identifier: Apache-2.0
//
// For tests: random policies as text and random questions about them, biased
// to the edges: unknown facts, empty lists, the 64th label, unions of sets,
// patterns, shadows. Small vocabularies, so that rules meet often.
#pragma once

#include <string>
#include <vector>

#include "core/base/random.h"
#include "policy/fixture_file.h"

namespace herald::policy {

class RandomPolicies {
 public:
  explicit RandomPolicies(uint64_t seed) : random_(seed) {}

  // The whole text: sets, perhaps a schema, a few policies.
  std::string Text();
  // One more Forbid for a text of Text().
  std::string ForbidText();

  TestCase Question();
  TestCase::Stop Relay();
  std::string Label();
  // Turns one known fact of the question into an unknown one.
  void LoseAFact(TestCase& question);

  Random& random() { return random_; }

 private:
  std::string Schema();
  std::string Policy(int number);
  std::string Rule(int number);
  std::string When(bool permit);
  std::string Where(bool permit);
  std::string NodeTest();
  std::string Obligations();
  std::string List(const std::vector<std::string>& words);
  std::string Pick(const std::vector<std::string>& words);
  Site RandomSite();

  Random random_;
  bool has_schema_ = false;
};

}  // namespace herald::policy
