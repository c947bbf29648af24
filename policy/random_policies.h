// SPDX-License-Identifier: Apache-2.0
//
// For tests: random policies as text and random questions about them, biased
// to the edges: unknown facts, empty lists, the 64th label, unions of sets,
// patterns with several `*`, namespaces, floors, claims, shadows that replace,
// windows that begin or end at the very moment of the question. Small
// vocabularies (random_words.h), so that rules meet often.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "policy/compile.h"
#include "policy/fixture_file.h"
#include "policy/load.h"
#include "policy/schema.h"

namespace herald::policy {

// A random program, the texts and plain values it came from, and how it was
// asked to discharge.
struct Sample {
  uint64_t number = 0;  // 1, 2, ... of one RandomPolicies
  std::vector<SourceText> texts;
  Discharge discharge;
  PolicySet set;
  std::shared_ptr<const Program> program;  // never null
};

// One owner, one thread. The same seed and the same calls give the same.
class RandomPolicies {
 public:
  explicit RandomPolicies(uint64_t seed) : random_(seed) {}

  // Sets, perhaps schemas, a few policies; each Override in a text of its own.
  std::vector<SourceText> Texts();
  // The same, loaded.
  Sample Draw();
  // One more cluster-wide Forbid for the latest Texts().
  std::string ForbidText();

  TestCase Question();
  TestCase::Stop Relay();
  std::string Label();
  // Turns one known fact of the question into an unknown one.
  void LoseAFact(TestCase& question);

  Random& random() { return random_; }

 private:
  struct Header {
    std::string kind;
    std::optional<std::string> scope;
    bool operator<(const Header& other) const {
      return std::tie(kind, scope) < std::tie(other.kind, other.scope);
    }
  };

  std::string Schema(const std::string& name);
  std::string LabelEntry(const std::string& name);
  std::string Floor();
  std::string Policy(int number);
  std::string Override(int number);
  std::string Rule(int number, const std::string& policy, bool enforced);
  std::string Permit();
  std::string Prefer();
  std::string When(bool permit);
  std::string Where(bool permit);
  std::string NodeTest();
  std::string Obligations();
  std::string Moment();

  std::string List(const std::vector<std::string>& words);
  const std::string& Pick(const std::vector<std::string>& words);
  // ", key: value", or nothing.
  std::string Maybe(double chance, const char* key, const std::string& value);
  Site RandomSite();

  Random random_;
  uint64_t drawn_ = 0;
  // Of the latest Texts().
  std::vector<std::string> labels_;
  bool free_purposes_ = true;
  std::map<Header, std::vector<std::string>> enforced_;  // names of policies
  std::map<Header, std::vector<std::string>> named_;     // shadows besides
  std::map<std::string, bool> liftable_;  // by rule: it is always a Forbid
};

}  // namespace herald::policy
